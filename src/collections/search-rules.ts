import type { RuleChanges, SearchRules } from './contract.ts'

/** Returns the settings with the rules changed: those that are null are left out, those that are undefined stay. */
export function withRules<Settings extends SearchRules> (settings: Settings, { falseAlarms, threshold }: RuleChanges): Settings {
  const { falseAlarms: alarmsBefore, threshold: thresholdBefore, ...rest } = settings
  const [alarms, limit] = [falseAlarms === undefined ? alarmsBefore : falseAlarms, threshold === undefined ? thresholdBefore : threshold]
  return { ...rest, ...(alarms != null && { falseAlarms: alarms }), ...(limit != null && { threshold: limit }) } as Settings
}
