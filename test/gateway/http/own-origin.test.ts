import { expect, it } from 'vitest';
import { ownOrigin } from '../../../gateway/http/own-origin.ts';

it('a door names itself by the protocol of the connection and the Host of the request', () => {
  const headers = { host: 'localhost:8088' };
  expect([ownOrigin({ protocol: 'http', headers }), ownOrigin({ protocol: 'https', headers })]).toEqual(['http://localhost:8088', 'https://localhost:8088']);
});
