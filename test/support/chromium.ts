// Headless Chromium as a person's browser: pages at the width of a desk or of a phone, which keep what they complained about and whom they asked.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

export const WIDTHS = {
  desk: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
} as const satisfies Record<string, BrowserContextOptions>;

/** A folder for pictures of the pages, for people to look at. */
const PICTURES = process.env.TROUPE_TEST_PICTURES;

export interface Desk {
  readonly page: Page;
  /** What the page or the browser wrote to the console as an error: a broken policy, a thing that is not there. */
  readonly complaints: string[];
  /** Origins of all that was asked for. */
  readonly asked: Set<string>;
}

/** One browser for the tests of a file; each desk is a person of its own, with no cookie of another. */
export function useChromium(): (options?: BrowserContextOptions) => Promise<Desk> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    // Root may not use Chromium's own sandbox, and the only pages are ours.
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  });
  afterAll(() => browser?.close());
  return async (options = WIDTHS.desk) => {
    if (browser === undefined) throw new Error('no browser yet');
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const desk: Desk = { page, complaints: [], asked: new Set() };
    page.on('console', (message) => message.type() === 'error' && desk.complaints.push(message.text()));
    page.on('pageerror', (error) => desk.complaints.push(error.message));
    page.on('request', (request) => desk.asked.add(new URL(request.url()).origin));
    return desk;
  };
}

/** What a reader without eyes or with a narrow screen would stumble over, one line each; and a picture where some are wanted. */
export async function flawsOf(page: Page, name: string): Promise<string[]> {
  if (PICTURES !== undefined) {
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  }
  const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })")) as axe.AxeResults;
  return [...(wide ? [`${name}: wider than its window`] : []), ...violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)];
}
