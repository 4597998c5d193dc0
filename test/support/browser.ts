// A browser that keeps cookies, follows redirects and submits forms, as far as the pages of the authorization server need one.

export interface Shown {
  readonly status: number;
  readonly url: string;
  readonly text: string;
  readonly headers: Headers;
  /** Where it was sent outside of the server; then there is no text. */
  readonly left: URL | undefined;
}

/** Only pages of the issuer are opened. */
export class Browser {
  readonly cookies = new Map<string, { readonly value: string; readonly path: string }>();
  readonly #issuer: string;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  open(url: string): Promise<Shown> {
    return this.#go(new URL(url, this.#issuer).href, { method: 'GET' });
  }

  /** Submits the page's form with its hidden fields, those that are checked, and what is given. */
  submit(page: Shown, fields: Readonly<Record<string, string | readonly string[]>> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Shown> {
    const action = /<form[^>]* action="([^"]*)"/.exec(page.text)?.[1] ?? '';
    const body = new URLSearchParams();
    for (const [tag] of page.text.matchAll(/<input[^>]*>/g)) {
      const name = attribute(tag, 'name');
      const counts = attribute(tag, 'type') === 'hidden' || (attribute(tag, 'type') === 'checkbox' && / checked/.test(tag));
      if (name !== undefined && counts && !(name in fields)) body.append(name, attribute(tag, 'value') ?? '');
    }
    for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one);
    return this.#go(new URL(action, page.url).href, { method: 'POST', body, headers: { origin: this.#issuer, ...headers } });
  }

  async #go(start: string, first: RequestInit): Promise<Shown> {
    let [url, init] = [start, first];
    for (let hops = 0; hops < 12; hops += 1) {
      if (!url.startsWith(this.#issuer)) return { status: 0, url, text: '', headers: new Headers(), left: new URL(url) };
      const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie: this.#cookiesFor(new URL(url).pathname) } });
      this.#keep(response);
      const to = response.headers.get('location');
      if (to === null) return { status: response.status, url, text: await response.text(), headers: response.headers, left: undefined };
      [url, init] = [new URL(to, url).href, { method: 'GET' }];
    }
    throw new Error(`too many redirects, the last to ${url}`);
  }

  #cookiesFor(path: string): string {
    return [...this.cookies]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  }

  #keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...rest] = line.split(/; */);
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const path = rest.find((part) => /^path=/i.test(part))?.slice(5) ?? '/';
      if (value === '' || rest.some((part) => /^expires=Thu, 01 Jan 1970/i.test(part))) this.cookies.delete(name);
      else this.cookies.set(name, { value, path });
    }
  }
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
  return value?.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
