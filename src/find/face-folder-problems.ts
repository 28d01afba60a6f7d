import { FaceError } from '../errors.ts'

export const dbNotFound = (): FaceError =>
  new FaceError('db_not_found', 'The folder of FACES_DB_PATH does not exist. Create it, with one folder a person and the photos in it.')

export const dbNotConfigured = (): FaceError =>
  new FaceError('service_unavailable', 'This service has no face database. Set FACES_DB_PATH to a folder with one folder a person and start it again.')
