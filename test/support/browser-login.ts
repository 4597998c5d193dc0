// What a person does at the pages of the authorization server, in Chromium.
import type { Page } from 'playwright-core';
import { PASSWORD } from './auth-door.ts';

export async function fillLogin(page: Page, password = PASSWORD): Promise<void> {
  await page.getByLabel('Name').fill('ann');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

export async function choosePassword(page: Page, { name }: { readonly name?: string } = {}): Promise<void> {
  if (name !== undefined) await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password, 12 characters or more').fill(PASSWORD);
  await page.getByLabel('Once more').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('ann can log in now').waitFor();
}
