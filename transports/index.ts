// How bytes travel between processes: one port, several implementations.
export { LocalBus, type LocalTransportOptions, localTransport } from './local/local-transport.ts';
export type { RedisPlace } from './redis/redis-connection.ts';
export { openRemoteBytes, type RemoteBytes, type RemoteReport } from './redis/remote-bytes.ts';
