import type { TSchema } from '@sinclair/typebox'
import { Environment } from '../../src/config/config.ts'

/** Text of `.env.example`: every variable with its meaning and its default; those without a default are commented out. */
export const envExample = (): string => Object.entries(Environment.properties).map(([name, schema]: [string, TSchema]) => {
  const { description, default: standard, enum: names } = schema
  return `# ${description}${names ? ` One of ${names.join(', ')}.` : ''}\n${standard === undefined ? `# ${name}=` : `${name}=${standard}`}\n`
}).join('\n')
