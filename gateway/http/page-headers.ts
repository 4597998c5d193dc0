// Headers of every page of the authorization server: it loads nothing but our style, runs no script (but one of the library, which sends a code on), is framed by nobody, and sends its
// forms only to us and, where a login goes back to a client, there.

/** `target`: where a form may lead in the end, since browsers hold the redirects after a form to this rule too. */
export function pageHeaders(target?: string): Readonly<Record<string, string>> {
  const form = ["'self'", ...(target === undefined ? [] : [formTarget(target)])].join(' ');
  return {
    // An empty list allows no script; beside 'none' browsers complain of the hash that the library adds for its one form that sends itself.
    'content-security-policy': `default-src 'none'; style-src 'self'; script-src; form-action ${form}; base-uri 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // Not `no-referrer`: browsers then send `Origin: null` with our own forms.
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}

/** The origin of a redirect URI, or its scheme where it has no origin. */
function formTarget(uri: string): string {
  if (!URL.canParse(uri)) return '';
  const { protocol, origin } = new URL(uri);
  return /^https?:$/.test(protocol) ? origin : protocol;
}
