// The pages of the authorization server: plain HTML that works without scripts and loads nothing from elsewhere. Everything that came
// from outside is escaped.

export interface Page {
  readonly title: string;
  /** HTML. */
  readonly body: string;
}

export const STYLE_PATH = '/style.css';

export function escaped(text: unknown): string {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

export function htmlOf({ title, body }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)} · Troupe</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<main>
<p class="house">Troupe</p>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

const problemOf = (problem: string | undefined): string => (problem === undefined ? '' : `<p role="alert" class="problem">${escaped(problem)}</p>`);

const hidden = (name: string, value: string): string => `<input type="hidden" name="${name}" value="${escaped(value)}">`;

export interface Form {
  readonly action: string;
  /** Shows that the form came from us. */
  readonly stamp: string;
  readonly problem?: string | undefined;
}

export function loginPage({ action, stamp, problem, client }: Form & { readonly client: string }): Page {
  return {
    title: 'Log in',
    body: `<p><strong>${escaped(client)}</strong> wants to act for you on this node.</p>
${problemOf(problem)}
<form method="post" action="${escaped(action)}">
${hidden('stamp', stamp)}
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Log in</button>
</form>`,
  };
}

export interface ConsentPage extends Form {
  readonly client: string;
  /** Where the browser goes then; undefined for a device. */
  readonly target: string | undefined;
  readonly user: string;
  readonly resources: readonly string[];
  /** Those that the roles of the user allow. */
  readonly scopes: ReadonlyArray<{ readonly scope: string; readonly text: string; readonly chosen: boolean }>;
  readonly refused: readonly string[];
}

export function consentPage({ action, stamp, client, target, user, resources, scopes, refused }: ConsentPage): Page {
  const boxes = scopes.map(
    ({ scope, text, chosen }, index) =>
      `<li><input type="checkbox" id="s${index}" name="scope" value="${escaped(scope)}"${chosen ? ' checked' : ''}> <label for="s${index}">${escaped(text)} <code>${escaped(scope)}</code></label></li>`,
  );
  const left = refused.length === 0 ? '' : `<p>Your roles do not allow: ${refused.map((scope) => `<code>${escaped(scope)}</code>`).join(', ')}.</p>`;
  const where = target === undefined ? '' : `<p>You will be sent to <code>${escaped(target)}</code>.</p>`;
  return {
    title: 'Allow access',
    body: `<p><strong>${escaped(client)}</strong> asks to act for <strong>${escaped(user)}</strong> at ${resources.map((one) => `<code>${escaped(one)}</code>`).join(', ')}.</p>
<p class="care">It chose its name itself. Allow it only if you have just started this.</p>
<form method="post" action="${escaped(action)}">
${hidden('stamp', stamp)}
<fieldset><legend>It may</legend><ul>${boxes.join('\n')}</ul></fieldset>
${left}${where}
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny" class="second">Deny</button>
</form>`,
  };
}

export function passwordPage({ action, stamp, problem, user }: Form & { readonly user: string | undefined }): Page {
  const name =
    user === undefined
      ? '<label for="name">Name</label>\n<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>'
      : `<input type="hidden" name="name" autocomplete="username" value="${escaped(user)}">`;
  return {
    title: user === undefined ? 'The first administrator' : `A password for ${user}`,
    body: `<p>${user === undefined ? 'Nobody can log in at this node yet. Choose your name and a password.' : 'Choose a password. Your other logins end.'}</p>
${problemOf(problem)}
<form method="post" action="${escaped(action)}">
${hidden('stamp', stamp)}
${name}
<label for="password">Password, 12 characters or more</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" maxlength="256" required>
<label for="again">Once more</label>
<input id="again" name="again" type="password" autocomplete="new-password" minlength="12" maxlength="256" required>
<button type="submit">Save</button>
</form>`,
  };
}

/** `form` is HTML of the library: a form with this id and without a button. */
export function deviceCodePage(form: string, problem: string | undefined): Page {
  return {
    title: 'Enter the code',
    body: `<p id="hint">Your command line shows a code. Enter it here.</p>
${problemOf(problem)}
${form}
<button type="submit" form="op.deviceInputForm">Continue</button>`,
  };
}

export function deviceConfirmPage(form: string, client: string, code: string): Page {
  return {
    title: 'Is this your code?',
    body: `<p><strong>${escaped(client)}</strong> shows this code:</p>
<p class="code">${escaped(code)}</p>
<p class="care">If you did not just start a login yourself, or it shows another code, somebody else is trying to log in as you: say no.</p>
${form}
<button type="submit" form="op.deviceConfirmForm">Yes, go on</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes" class="second">No</button>`,
  };
}

export function messagePage(title: string, text: string): Page {
  return { title, body: `<p role="status">${escaped(text)}</p>` };
}

export function logoutPage(form: string): Page {
  return {
    title: 'Log out',
    body: `<p>Do you want to log out of this node in this browser?</p>
${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Log out</button>
<button type="submit" form="op.logoutForm" class="second">Stay</button>`,
  };
}

/** Colours with a contrast of at least 7 to 1; follows what the reader's system prefers. */
export const STYLE = `:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#4a4a4a;--paper:#fff;--desk:#f0f2f5;--line:#6b6b6b;--edge:#d5d9df;--act:#0b4f8a;--on-act:#fff;--bad:#8f1414}
@media (prefers-color-scheme:dark){:root{--ink:#f2f2f2;--soft:#bdbdbd;--paper:#1b1d20;--desk:#101214;--line:#a0a0a0;--edge:#34383d;--act:#9ccbf5;--on-act:#10141a;--bad:#ffb3b3}}
*{box-sizing:border-box}
body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:30rem;margin:0 auto;padding:1.5rem 1.25rem}
.house{margin:0 0 1.5rem;font-weight:700;letter-spacing:.02em;color:var(--soft)}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
label{display:block;margin-top:1.25rem;font-weight:600}
input:not([type=checkbox]):not([type=hidden]){display:block;width:100%;margin-top:.5rem;padding:.6rem .75rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.375rem}
input[type=checkbox]{flex:none;width:1.25rem;height:1.25rem;margin:.15rem 0 0;accent-color:var(--act)}
ul{list-style:none;padding:0;margin:0}
li{display:flex;gap:.75rem;padding:.5rem 0}
li label{margin:0;font-weight:400}
li code{display:block;color:var(--soft);font-size:.875rem}
fieldset{margin:1.25rem 0;padding:.25rem 1rem;border:1px solid var(--edge);border-radius:.375rem}
legend{padding:0 .25rem;font-weight:600}
button{margin-top:1.5rem;width:100%;min-height:2.75rem;padding:.5rem 1.25rem;font:inherit;font-weight:600;color:var(--on-act);background:var(--act);border:1px solid var(--act);border-radius:.375rem;cursor:pointer}
button.second{margin-top:.75rem;color:var(--ink);background:transparent;border-color:var(--line)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
code{overflow-wrap:anywhere}
.care{color:var(--soft)}
.code{margin:1rem 0;font:600 2rem/1.2 ui-monospace,monospace;letter-spacing:.1em;overflow-wrap:anywhere}
.problem{padding:.75rem 1rem;color:var(--bad);border:1px solid;border-radius:.375rem}
@media (min-width:36rem){
body{background:var(--desk)}
main{margin:4rem auto;padding:2.5rem;background:var(--paper);border:1px solid var(--edge);border-radius:.75rem}
button{width:auto;min-width:8rem;margin-right:.5rem}
button.second{margin-top:1.5rem}
}
`;
