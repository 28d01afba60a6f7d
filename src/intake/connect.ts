import { isIP, type LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import { buildConnector } from 'undici'
import type { Resolve } from './resolve.ts'

export interface ConnectorOptions {
  /** Whether a connection to this address is allowed. */
  readonly isAllowed: (address: string) => boolean
  readonly resolve: Resolve
  /** Ends the connection, whether open or still being established. */
  readonly signal: AbortSignal
}

/**
 * Returns a connector for undici that connects to allowed addresses only, for one connection or several that end together.
 *
 * A name is resolved once, by the connection itself, and the addresses are checked there: no second answer between check and connection
 * can differ (DNS rebinding). The peer of the open connection is checked again, in case something redirected it.
 */
export function guardedConnector ({ isAllowed, resolve, signal }: ConnectorOptions): buildConnector.connector {
  const allowedAddresses = callbackify(async (hostname: string) => {
    const [first, ...others] = (await resolve(hostname, signal)).filter(({ address }) => isAllowed(address))
    if (!first) throw new Error('The host has no address that may be connected to.')
    return [first, ...others] as const
  })
  const lookup: LookupFunction = (hostname, { all }, done) => allowedAddresses(hostname, (error, addresses) => {
    if (error) return done(error, [])
    if (all) return done(null, [...addresses])
    done(null, addresses[0].address, addresses[0].family)
  })
  // The socket itself gets the signal: undici aborts a request only once it is connected.
  const connect = buildConnector({ lookup, signal, timeout: 0, maxCachedSessions: 0 } as buildConnector.BuildOptions)

  return (options, callback) => {
    // Node does not look up addresses, so `lookup` does not see them.
    if (isIP(options.hostname) !== 0 && !isAllowed(options.hostname)) {
      return callback(new Error('The address may not be connected to.'), null)
    }
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null)
      if (!isAllowed(socket.remoteAddress ?? '')) {
        socket.destroy()
        return callback(new Error('The connection leads to an address that may not be connected to.'), null)
      }
      callback(null, socket)
    })
  }
}
