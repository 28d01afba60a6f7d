/** Returns the entries between commas, trimmed, without empty ones. */
export const list = (text = ''): string[] => text.split(',').map((part) => part.trim()).filter((part) => part !== '')
