/** The version of the service; a test compares it with package.json, which a bundle or a container may not have at hand. */
export const VERSION = '0.1.0'
