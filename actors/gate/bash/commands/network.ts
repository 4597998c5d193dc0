// Programs that talk to other machines. Reading is MEDIUM; sending, and running what comes back, is HIGH.
import type { Finding } from '../../../work/types.ts';
import { urlFindings } from '../../api/url-risk.ts';
import { finding } from '../../verdict.ts';
import { type Arg, textOf } from '../arg.ts';
import { type Call, type CommandTable, found, type Judge } from '../call.ts';
import { type ReadWords, readWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';
import { subcommands } from '../subcommands.ts';

const CURL = `s S f L i I v V k~ g G~! O~ J~ R~ N # 4 6 a! n! q 0 1 2 3 A: b:! c>! C: d:! D> e: E:! F:! h? H: K:! m: M o> P:! Q:! r: t:! T:! u:! U:! w: x:! X: y: Y: z: Z j p!
  silent show-error fail fail-with-body fail-early location location-trusted! include head verbose insecure~ globoff get! remote-name~ remote-name-all~ remote-header-name~ remote-time~ no-buffer progress-bar ipv4 ipv6 user-agent: referer: header: max-time: connect-timeout: retry: retry-delay: retry-max-time: retry-connrefused retry-all-errors
  output> write-out: request: compressed http1.1 http2 http3 range: max-redirs: create-dirs~ no-progress-meter parallel tlsv1.2 tlsv1.3 proto: proto-redir: limit-rate: max-filesize: cacert< styled-output no-keepalive dump-header> continue-at:
  data:! data-raw:! data-binary:! data-urlencode:! data-ascii:! json:! form:! form-string:! upload-file:! config:! netrc! netrc-file:! netrc-optional! proxy:! socks5:! socks4:! preproxy:! cert:! key:! user:! oauth2-bearer:! cookie:! cookie-jar>! unix-socket:! abstract-unix-socket:! resolve:! connect-to:! interface:! dns-servers:! doh-url:! trace>! trace-ascii>! engine:! quote:! libcurl>! mail-from:! telnet-option:! url:! variable:! version help? disable`;

const WGET = `q v V nv S c N t: T: w: r~ l: np k p nc nd nH O> P> o> a>! U: e:! i<! B: b! m~ x quiet verbose no-verbose server-response continue timestamping tries: timeout: wait: recursive~ level: no-parent output-document> directory-prefix> output-file>! append-output>! user-agent: header: max-redirect: no-check-certificate~ show-progress no-clobber spider limit-rate: https-only
  post-data:! post-file:! body-data:! body-file:! method:! execute:! input-file<! use-askpass:! config:! load-cookies:! save-cookies:! background! mirror~ user:! password:! http-user:! http-password:! proxy-user:! ca-certificate< content-disposition~ version help`;

/** `example.com/x` is a URL to these programs. */
function asUrl(text: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/:]+:\d/.test(text) ? text : `http://${text}`;
}

function targetFindings(targets: readonly Arg[], call: Call): Finding[] {
  return targets.flatMap((arg) => {
    const unknown = arg.exact ? [] : [finding('HIGH', 'bash-sends', `${call.name}: an address that is known only when it runs can carry anything away`, arg.span)];
    const known = arg.texts.flatMap((text) => urlFindings(asUrl(text)).map((each) => ({ ...each, span: arg.span })));
    return [...unknown, ...known.filter(({ rule }) => rule !== 'api-port')];
  });
}

function optionFindings(words: ReadWords, call: Call): Finding[] {
  return [
    ...[...words.unlisted, ...words.dangerous].map((arg) =>
      finding('HIGH', 'bash-option-unlisted', `${call.name}: ${textOf(arg) ?? 'a word that may be an option'} is not known to be harmless`, arg.span),
    ),
    ...words.options.flatMap(({ option, arg, value }) => [
      ...(option.level === undefined ? [] : [finding(option.level, 'bash-option-risky', `${call.name} ${option.name} sends, runs or writes`, arg.span)]),
      ...(value === undefined || option.use === undefined || textOf(value) === '-' ? [] : pathFindings(value, option.use, call.scope)),
      ...(value !== undefined && !value.exact ? [finding('HIGH', 'bash-sends', `${call.name} sends what is known only when it runs`, arg.span)] : []),
    ]),
  ];
}

function methodFindings(words: ReadWords, call: Call): Finding[] {
  const methods = words.options.filter(({ option }) => /^(X|request)$/.test(option.name)).map(({ value }) => textOf(value) ?? '?');
  const headers = words.options.filter(({ option }) => /^(H|header)$/.test(option.name)).map(({ value }) => textOf(value) ?? '?');
  const results = methods
    .filter((method) => !/^(GET|HEAD|OPTIONS)$/i.test(method))
    .map((method) => found(call, 'HIGH', 'bash-sends', `${call.name} ${method} changes something at the other side`));
  if (headers.some((header) => /^(authorization|cookie|x-api-key|private-token|host|x-.*token|metadata)/i.test(header) || header.startsWith('@')))
    results.push(found(call, 'HIGH', 'bash-sends', `${call.name} sends a credential or changes where it goes`));
  return results;
}

const fetches =
  (options: string): Judge =>
  (call) => {
    const words = readWords(call.args, options);
    const tells = call.args.length === 1 && words.options.some(({ option }) => option.name === 'version' || option.name === 'V');
    if (tells) return [found(call, 'LOW', 'bash-reads', `${call.name} tells its version`)];
    return [
      found(call, 'MEDIUM', 'bash-network', `${call.name} reads from the network`),
      ...optionFindings(words, call),
      ...methodFindings(words, call),
      ...targetFindings(words.operands, call),
    ];
  };

const high =
  (why: string): Judge =>
  (call) => {
    if (call.name === 'ssh' && call.args.length === 1 && textOf(call.args[0]) === '-V') return [found(call, 'LOW', 'bash-reads', 'ssh tells its version')];
    const inner = call.args
      .slice(1)
      .map((arg) => textOf(arg))
      .filter((text) => text !== undefined && /\s/.test(text));
    const nested = call.name === 'ssh' ? inner.flatMap((text) => call.scope.judge.script(text ?? '', call.scope, call.span)) : [];
    const known =
      call.name === 'ssh' && call.args.length > 2
        ? call.scope.judge.command(call.args.slice(call.args.findIndex((arg) => !arg.start.startsWith('-')) + 1), call.scope, call.span)
        : [];
    return [found(call, 'HIGH', 'bash-network', `${call.name} ${why}`), ...nested, ...known].filter(({ level }, at) => at === 0 || level === 'CRITICAL' || level === 'HIGH');
  };

/** How an answer is shown. */
const DIG_SHOWS = /^\+(no)?(short|all|answer|trace|comments|question|authority|additional|stats|cmd|multiline|dnssec|tcp|ttlid|search|recurse)$/;

/** Whether somebody listens at a port of this machine. */
const asksPort: Judge = (call) => {
  const words = call.args.map((arg) => textOf(arg) ?? '?').join(' ');
  return /^-v?z(v|n)*( -[vn]+| -w ?\d+)* (localhost|127\.0\.0\.1|::1) \d+$/.test(words)
    ? [found(call, 'MEDIUM', 'bash-system', `${call.name} asks whether a port of this machine is open`)]
    : high(SCAN)(call);
};

/** Names and addresses only, which a look-up tells to whoever answers for them. */
const looksUp: Judge = (call) => {
  const risky = call.args.some((arg) => !arg.exact || (/^(-f|-I|-p|@|\+)/.test(arg.start) && !DIG_SHOWS.test(arg.start)) || /[$`]/.test(arg.start));
  const long = call.args.some((arg) => arg.texts.some((text) => text.length > 63));
  return [found(call, risky || long ? 'HIGH' : 'MEDIUM', 'bash-network', `${call.name} asks the network for a name`)];
};

const SCAN = 'opens connections of any kind';
const COPIES = 'copies to or from another machine';

/** Sums, and what a certificate or a request for one says; nothing is made, signed or sent. */
function computes({ args }: Call): boolean {
  const first = textOf(args[0]) ?? '';
  const [, ...others] = args;
  if (others.length === 1 && /^--?help$/.test(textOf(others[0]) ?? '')) return true;
  if (first === 'verify') return others.every((arg) => arg.exact && (!arg.start.startsWith('-') || /^-(CAfile|untrusted|partial_chain|verbose|show_chain)$/.test(arg.start)));
  if (first === 'req') return others.some((arg) => textOf(arg) === '-noout') && others.every((arg) => arg.exact && (!arg.start.startsWith('-') || REQUEST_SHOWS.test(arg.start)));
  return (
    /^(version|rand|dgst|list|speed|ciphers|md5|sha(1|224|256|384|512)|x509|crl)$/.test(first) &&
    !args.some((arg) => !arg.exact || /^--?(out|sign|engine|provider|rand|writerand|passin|key|CA|req|force|config|extfile)/.test(arg.start))
  );
}
const REQUEST_SHOWS = /^-(in|inform|noout|text|subject|pubkey|modulus|verify)$/;

export const NETWORK: CommandTable = {
  curl: fetches(CURL),
  wget: fetches(WGET),
  openssl: (call) => [
    computes(call)
      ? found(call, 'MEDIUM', 'bash-command', 'openssl computes, or tells what a certificate says')
      : found(call, 'HIGH', 'bash-network', 'openssl works with keys, or opens connections'),
  ],
  http: high('sends requests'),
  https: high('sends requests'),
  httpie: high('sends requests'),
  xh: high('sends requests'),
  aria2c: high('fetches and may run hooks'),
  lynx: high('fetches and may run commands'),
  w3m: high('fetches and may run commands'),
  ping: looksUp,
  ping6: looksUp,
  dig: looksUp,
  nslookup: looksUp,
  host: looksUp,
  whois: looksUp,
  traceroute: looksUp,
  tracepath: looksUp,
  mtr: looksUp,
  nc: asksPort,
  ncat: asksPort,
  netcat: asksPort,
  gsutil: subcommands({ MEDIUM: 'ls, du, stat, version', otherwise: 'HIGH' }),
  getent: { level: 'MEDIUM', why: 'looks at accounts and names', options: 's:', operands: 'text*' },
  ...Object.fromEntries(
    [
      'localtunnel',
      'lt',
      'bore',
      'frpc',
      'socat',
      'telnet',
      'nmap',
      'masscan',
      'tcpdump',
      'tshark',
      'ngrok',
      'cloudflared',
      'chisel',
      'stunnel',
      'hping3',
      'iperf',
      'iperf3',
      'websocat',
      'wscat',
      'grpcurl',
      'tailscale',
      'zerotier-cli',
      'wg',
      'wg-quick',
      'openvpn',
    ].map((name) => [name, high(SCAN)]),
  ),
  ...Object.fromEntries(
    [
      'ssh',
      'scp',
      'sftp',
      'ftp',
      'tftp',
      'lftp',
      'rclone',
      'mosh',
      'sshfs',
      'croc',
      'smbclient',
      'mail',
      'mailx',
      'sendmail',
      'mutt',
      's3cmd',
      'ssh-copy-id',
      'autossh',
      'sshpass',
    ].map((name) => [name, high(COPIES)]),
  ),
};
