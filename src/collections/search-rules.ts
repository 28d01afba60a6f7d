import type { RuleChanges, SearchRules } from './contract.ts'

/** Returns the settings with the rules changed; those that are null are left out. */
export const withRules = <Settings extends SearchRules>(settings: Settings, rules: RuleChanges): Settings =>
  Object.fromEntries(Object.entries({ ...settings, ...rules }).filter(([, value]) => value !== null)) as Settings
