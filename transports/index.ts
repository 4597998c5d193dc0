// How bytes travel between processes: one port, several implementations.
export { LocalBus, type LocalTransportOptions, localTransport } from './local/local-transport.ts';
