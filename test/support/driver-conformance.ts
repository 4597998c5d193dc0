// What every driver of deployments keeps, whatever its places are: each call may come twice, since a node that was cut off asks again; what only
// looks changes nothing; no version changes once it is there. A driver's own test hands it over and runs all of it:
//   driverConformance('the folder driver', async () => ({ driver, wish, content }))
import { describe, expect, it } from 'vitest';
import type { DeployDriver, DeployWish } from '../../actors/work/ports.ts';

export interface DriverPlace {
  readonly driver: DeployDriver;
  /** Of one deployment of that version, to the same place as all others of this object. */
  wish(version: string): DeployWish;
  /** From now on this is what is deployed. */
  content(text: string): void;
}

const signal = new AbortController().signal;

export function driverConformance(name: string, open: () => Promise<DriverPlace>): void {
  const placed = async (place: DriverPlace, version: string) => {
    place.content(`content of ${version}`);
    return place.driver.place(place.wish(version), signal);
  };
  const running = async ({ driver, wish }: DriverPlace) => (await driver.current(wish('0.0.1'), signal))?.version ?? null;

  describe(`${name} keeps what is asked of a driver of deployments`, () => {
    it('nothing runs in a new place, and nothing lies there', async () => {
      const place = await open();
      expect([await running(place), await place.driver.holds(place.wish('1.0.0'), '1.0.0')]).toEqual([null, false]);
    });

    it('a version that is placed lies there and does not run; placed again it is the same', async () => {
      const place = await open();
      const first = await placed(place, '1.0.0');
      expect([first.version, await place.driver.holds(place.wish('1.0.0'), '1.0.0'), await running(place)]).toEqual(['1.0.0', true, null]);
      expect(await placed(place, '1.0.0')).toEqual(first);
    });

    it('a version never changes: other content under its name is refused, and what is there stays', async () => {
      const place = await open();
      const first = await placed(place, '1.0.0');
      place.content('something else');
      await expect(place.driver.place(place.wish('1.0.0'), signal)).rejects.toMatchObject({ code: 'DeployRefused' });
      expect(await place.driver.fault(place.wish('1.0.0'), first, signal)).toBeUndefined();
    });

    it('what is led to runs, also when it is led to twice, with the digest that it was placed with, and nothing is wrong with it', async () => {
      const place = await open();
      const { digest } = await placed(place, '1.0.0');
      for (const _time of [1, 2]) await place.driver.lead(place.wish('1.0.0'), '1.0.0', signal);
      expect(await place.driver.current(place.wish('1.0.0'), signal)).toEqual({ version: '1.0.0', digest });
      expect(await place.driver.trouble(place.wish('1.0.0'), signal)).toBeUndefined();
    });

    it('leads back to the version before, before and after that was retired, as often as it is asked', async () => {
      const place = await open();
      for (const version of ['1.0.0', '2.0.0']) {
        await placed(place, version);
        await place.driver.lead(place.wish(version), version, signal);
      }
      await place.driver.lead(place.wish('2.0.0'), '1.0.0', signal);
      expect(await running(place)).toBe('1.0.0');
      await place.driver.lead(place.wish('2.0.0'), '2.0.0', signal);
      for (const _time of [1, 2]) await place.driver.retire(place.wish('2.0.0'), signal);
      expect([await running(place), await place.driver.trouble(place.wish('2.0.0'), signal)]).toEqual(['2.0.0', undefined]);
      for (const _time of [1, 2]) await place.driver.lead(place.wish('2.0.0'), '1.0.0', signal);
      expect([await running(place), await place.driver.trouble(place.wish('2.0.0'), signal)]).toEqual(['1.0.0', undefined]);
    });

    it('leads nowhere, twice as well as once; then nothing runs', async () => {
      const place = await open();
      await placed(place, '1.0.0');
      await place.driver.lead(place.wish('1.0.0'), '1.0.0', signal);
      for (const _time of [1, 2]) await place.driver.lead(place.wish('1.0.0'), null, signal);
      expect([await running(place), await place.driver.holds(place.wish('1.0.0'), '1.0.0')]).toEqual([null, true]);
    });

    it('takes a version away that does not run, once or twice, and never one that runs', async () => {
      const place = await open();
      const { digest } = await placed(place, '1.0.0');
      await placed(place, '2.0.0');
      await place.driver.lead(place.wish('1.0.0'), '1.0.0', signal);
      await expect(place.driver.discard(place.wish('1.0.0'), '1.0.0')).rejects.toMatchObject({ code: 'DeployRefused' });
      for (const _time of [1, 2]) await place.driver.discard(place.wish('2.0.0'), '2.0.0');
      expect([await place.driver.holds(place.wish('2.0.0'), '2.0.0'), await running(place)]).toEqual([false, '1.0.0']);
      expect(await place.driver.fault(place.wish('1.0.0'), { version: '1.0.0', digest }, signal)).toBeUndefined();
      expect(await place.driver.fault(place.wish('2.0.0'), { version: '2.0.0', digest }, signal)).toEqual(expect.any(String));
    });

    it('says that a version is not what it was when its digest is another', async () => {
      const place = await open();
      await placed(place, '1.0.0');
      expect(await place.driver.fault(place.wish('1.0.0'), { version: '1.0.0', digest: 'another' }, signal)).toEqual(expect.any(String));
    });

    it('names the place alike for every version', async () => {
      const { driver, wish } = await open();
      expect(driver.placeOf(wish('1.0.0'))).toBe(driver.placeOf(wish('2.0.0')));
      expect(driver.folderOf(wish('1.0.0'), '1.0.0')).not.toBe(driver.folderOf(wish('1.0.0'), '2.0.0'));
    });
  });
}
