import { expect, it } from 'vitest';
import { personOf } from '../../../gateway/cli/person.ts';

it('whoever the system knows has their name, and a user of a container that is on no list its number', () => {
  const unknown = (): string => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  };
  expect(personOf({ getuid: () => 12_345 }, () => 'ann')).toBe('ann');
  expect(personOf({ getuid: () => 12_345 }, unknown)).toBe('uid-12345');
  expect(personOf({}, unknown)).toBe('uid-unknown');
});
