import { describe, expect, it } from 'vitest';
import { addressesFor } from '../../../../actors/gate/execute/public-addresses.ts';

const PUBLIC = ['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'];
const PRIVATE = [
  '127.0.0.1',
  '127.8.9.1',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::ffff:93.184.216.34',
  '64:ff9b::7f00:1',
  '2002:7f00:1::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'ff02::1',
  'not an address',
];

const at = (url: string, approved: boolean, ...found: string[]) => addressesFor(new URL(url), approved, async () => found);

describe('a host name', () => {
  it('leads to its public addresses', async () => {
    expect(await at('https://example.org/', true, ...PUBLIC)).toEqual(PUBLIC);
    expect(await at('https://example.org/', false, ...PUBLIC)).toEqual(PUBLIC);
  });

  it.each(PRIVATE)('that leads to %s is refused, approved or not, also among public ones', async (address) => {
    for (const approved of [true, false]) {
      await expect(at('http://example.org/', approved, PUBLIC[0] as string, address)).rejects.toMatchObject({ code: 'AddressRefused', details: { host: 'example.org', address } });
    }
  });

  it('localhost means this machine where it was approved, and nothing else', async () => {
    expect(await at('http://localhost:5001/', true, '::1', '127.0.0.1')).toEqual(['::1', '127.0.0.1']);
    expect(await at('http://api.localhost/', true, '127.0.0.1')).toEqual(['127.0.0.1']);
    await expect(at('http://localhost/', true, '10.0.0.1')).rejects.toMatchObject({ code: 'AddressRefused' });
    await expect(at('http://localhost/', false, '127.0.0.1')).rejects.toMatchObject({ code: 'AddressRefused' });
    await expect(at('http://localhost.example.org/', true, '127.0.0.1')).rejects.toMatchObject({ code: 'AddressRefused' });
  });
});

describe('an address in the URL', () => {
  it.each(PRIVATE.filter((address) => address !== 'not an address'))('%s is meant where it was approved, and refused where a redirect leads to it', async (address) => {
    const url = address.includes(':') ? `http://[${address}]:81/` : `http://${address}:81/`;
    expect(await at(url, true, '1.2.3.4')).toHaveLength(1);
    await expect(at(url, false, '1.2.3.4')).rejects.toMatchObject({ code: 'AddressRefused' });
  });

  it.each(['127.1', '0x7f000001', '2130706433', '0177.0.0.1', '127。0。0。1'])('is known however it is spelled: %s', async (spelled) => {
    await expect(at(`http://${spelled}/`, false, '93.184.216.34')).rejects.toMatchObject({ code: 'AddressRefused', details: { address: '127.0.0.1' } });
  });

  it('is never resolved', async () => {
    const resolve = () => Promise.reject(new Error('resolved'));
    expect(await addressesFor(new URL('http://127.0.0.1/'), true, resolve)).toEqual(['127.0.0.1']);
    expect(await addressesFor(new URL('http://93.184.216.34/'), false, resolve)).toEqual(['93.184.216.34']);
  });
});
