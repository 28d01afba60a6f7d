import type { Test } from 'tap'
import { type BuildOptions, build } from '../build.ts'

/** Posts to one route of the whole app on fakes. Returns the body of the response, with its status. */
export async function poster (t: Test, path: string, options: BuildOptions = {}) {
  const app = await build(t, options)
  return async (payload: object, headers: Record<string, string> = {}): Promise<any> => {
    const response = await app.inject({ method: 'POST', url: `/api/v1/${path}`, payload, headers })
    return { status: response.statusCode, ...response.json() }
  }
}
