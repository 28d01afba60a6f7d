import { withForms } from './forms.ts'
import { named } from './named.ts'
import { withAlternatives, withFormats } from './plain-types.ts'
import { withOrderedParameters, withSharedResponses } from './responses.ts'

/** Makes what the routes have written into the document that is served. No step knows an endpoint. */
export const finished = <Document extends object>(document: Document): Document =>
  withOrderedParameters(withSharedResponses(named(withFormats(withAlternatives(withForms(document))))))
