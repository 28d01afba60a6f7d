import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'

/** All addresses of `hostname`, as `dns.lookup` with `all` gives them. */
export type Resolve = (hostname: string, done: (error: Error | null, addresses: readonly LookupAddress[]) => void) => void

/** As the rest of the machine resolves names: hosts file, search domains and all. */
export const systemResolve: Resolve = (hostname, done) =>
  systemLookup(hostname, { all: true }, (error, addresses) => done(error, addresses))

export interface ConnectorOptions {
  /** Whether a connection to this address is allowed. */
  readonly isAllowed: (address: string) => boolean
  readonly resolve: Resolve
  /** Ends the connection, be it open or still in the making. */
  readonly signal: AbortSignal
}

/**
 * A connector for undici that connects to allowed addresses only, for one connection or several that end together.
 *
 * A name is resolved once, by the connection itself, and what it resolves to is checked there: between check and connection there is no
 * second answer that could differ (DNS rebinding). The peer of the open connection is checked again, should anything stand in between.
 */
export function guardedConnector ({ isAllowed, resolve, signal }: ConnectorOptions): buildConnector.connector {
  const lookup: LookupFunction = (hostname, { all }, done) => {
    resolve(hostname, (error, addresses) => {
      if (error) return done(error, [])
      const allowed = addresses.filter(({ address }) => isAllowed(address))
      const [first] = allowed
      if (!first) return done(new Error('The host has no address that may be connected to.'), [])
      if (all) return done(null, allowed)
      done(null, first.address, first.family)
    })
  }
  // The signal goes to the socket itself: undici lets go of a request only once it is connected.
  const connect = buildConnector({ lookup, signal, timeout: 0, maxCachedSessions: 0 } as buildConnector.BuildOptions)

  return (options, callback) => {
    // Node does not look up what is an address already.
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
