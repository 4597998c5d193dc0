// Parameters that a schema mirrors into headers: what a call says in both must be the same.
import type { Tool } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paramHeaders, wrongParamHeader } from '../../../gateway/mcp/param-headers.ts';

const inputSchema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    level: { type: 'integer', 'x-mcp-header': 'Level' },
    where: { type: 'object', properties: { zone: { type: 'string', 'x-mcp-header': 'Zone' } } },
    free: { type: 'string' },
  },
} as unknown as Tool['inputSchema'];
const DECLARED = paramHeaders([
  { name: 'mirrored', inputSchema },
  { name: 'plain', inputSchema: { type: 'object' } },
]);

const call = (input: unknown, name = 'mirrored') => ({ method: 'tools/call', params: { name, arguments: input } });
const coded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;
const wrong = (headers: Record<string, string>, input: unknown) => wrongParamHeader(DECLARED, headers, call(input));

describe('a header of a parameter', () => {
  it('says what the body says, as text, as a number, coded, and from within an object', () => {
    expect(
      wrong({ 'mcp-param-region': 'eu', 'mcp-param-level': '42.0', 'mcp-param-zone': coded('Zürich') }, { region: 'eu', level: 42, where: { zone: 'Zürich' } }),
    ).toBeUndefined();
  });

  it.each([
    ['missing', {}, { region: 'eu' }, 'is missing'],
    ['another', { 'mcp-param-region': 'us' }, { region: 'eu' }, 'says "us", the body "eu"'],
    ['another number', { 'mcp-param-level': '41' }, { level: 42 }, 'says "41", the body 42'],
    ['no number', { 'mcp-param-level': '0x2A' }, { level: 42 }, 'says'],
    ['badly padded', { 'mcp-param-region': '=?base64?ZXU?=' }, { region: 'eu' }, 'not the Base64'],
    ['of another alphabet', { 'mcp-param-region': '=?base64?Z!U=?=' }, { region: 'eu' }, 'not the Base64'],
    ['no UTF-8', { 'mcp-param-region': '=?base64?/w==?=' }, { region: 'eu' }, 'not the Base64'],
  ])('that is %s is told of', (_, headers, input, problem) => {
    expect(wrong(headers, input)).toContain(problem);
  });

  it('is not wanted for what the body leaves out, nor for a tool that mirrors nothing', () => {
    expect(wrong({ 'mcp-param-region': 'eu' }, { level: null })).toBeUndefined();
    expect(wrongParamHeader(DECLARED, {}, call({ region: 'eu' }, 'plain'))).toBeUndefined();
    expect([...DECLARED.keys()]).toEqual(['mirrored']);
  });

  it('never throws, whatever is called with', () => {
    fc.assert(fc.property(fc.anything(), fc.dictionary(fc.string(), fc.string()), (body, headers) => void wrongParamHeader(DECLARED, headers, body)));
    fc.assert(fc.property(fc.anything(), (input) => void wrong({}, input)));
  });

  it('round-trips any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => wrong({ 'mcp-param-region': coded(text) }, { region: text }) === undefined));
  });
});
