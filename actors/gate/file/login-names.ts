// Files in which well-known programs keep logins, keys, or what was typed, by name, folded; and those that keep some only in some projects.

/** By the whole name. */
const LOGINS: ReadonlySet<string> = new Set(
  `
  .flaskenv .sentryclirc .yarnrc .curlrc .wgetrc .gitcredentials .git_credentials .dockerconfigjson auth.json kaggle.json terraform.rc admin.conf kubelet.conf
  .msmtprc .esmtprc .offlineimaprc .rhosts .shosts .ftpconfig sftp-config.json sftp.json filezilla.xml sitemanager.xml recentservers.xml winscp.ini
  .passwd-s3fs .s3cmd.ini .boto.cfg .mylogin.cnf .rediscli_auth .pwpass .htdigest .pgpass.conf ngrok.yml ngrok.yaml settings-security.xml
  keystore.properties key.properties signing.properties secrets.properties hudson.util.secret initialadminpassword secret_token.rb localsettings.php
  cookies.txt cookies.json pass.txt passphrase passphrase.txt .passphrase .tokens tokens.txt bitwarden.json lastpass.csv msal_token_cache.json accesstokens.json
  auth.toml .databrickscfg .kaggle.json .openai .anthropic .claude.json .aider.conf.yml .ftppass .remote-sync.json robomongo.json .dbeaver-data-sources.xml .coveralls.yml .tugboat .mlab
  .pause .clojars .mbsyncrc .smbcredentials otr.private_key proftpdpasswd ventrilo_srv.ini tomcat-users.xml cookiejar key.txt keys.txt sentry.properties vault.yml vault.yaml wallet.json
  .hub dockerconfig.json jfrog-cli.conf azureauth.json k3s.yaml talosconfig rootkey.csv .davmail.properties credentials-config.json debian.cnf users.acl cwallet.sso
  datasources.xml datasources.local.xml pgpass shadow gshadow smbpasswd wpa_supplicant.conf sec.conf credentials.sbt cookie.txt .cookies cookiejar.txt signons.sqlite token.pickle
  .auth credstore cypress.env.json logins.csv keystore.json privkey keyring.cfg .dbshell .lesshst .viminfo fish_history zsh_history bash_history
  `
    .trim()
    .split(/\s+/),
);

/** Many files have these names: by the folder that they lie in as well. */
const LOGINS_IN_FOLDERS: ReadonlySet<string> = new Set(
  `
  .docker/config.json gh/hosts.yml glab-cli/config.yml .config/hub .bundle/config .m2/settings.xml config/parameters.yml default/settings.php etc/env.php etc/local.xml .fly/config.yml
  .netlify/config.json doctl/config.yaml .snowsql/config .snowflake/config.toml .snowflake/connections.toml .circleci/cli.yml .travis/config.yml .stripe/config.toml .railway/config.json
  .wrangler/config.toml solana/id.json .purple/accounts.xml .irssi/config .helm/repositories.yaml helm/repositories.yaml scw/config.yaml hcloud/cli.toml argocd/config
  .hex/hex.config .jfrog/jfrog-cli.conf .supabase/access-token .continue/config.json .dbt/profiles.yml .helm/registry.json pgbouncer/userlist.txt kube/config
  `
    .trim()
    .split(/\s+/),
);
/** Texts of a program, named by what they are about: `locales/de/auth.json`. */
const TEXT_FOLDERS: ReadonlySet<string> = new Set(['locale', 'locales', 'lang', 'langs', 'languages', 'i18n', 'l10n', 'translations', 'messages']);

/** By a part of the name. */
const LOGIN = new RegExp(
  [
    /^([\w-]*[._-])?kube[._-]?config([_-][\w-]+)?(\.(ya?ml|json|conf))?$/,
    /(^|[._-])(vault[_-]?(token|pass(word)?|keys?|init)|unseal[_-]?keys?)(\.(txt|ya?ml|json|sh))?$/,
    /^ssh_host_\w+_key$|^[\w-]+[_-](rsa|dsa|ecdsa|ed25519)$|^id_(rsa|dsa|ecdsa|ed25519)[_-][\w-]+$/,
    /^\.([a-z]+[_-])*z?hist(ory|file)$/,
    /^(gha-creds-.*|.*firebase-adminsdk.*|.*\.tfvars|([\w-]+[._-])?(oauth2?|keypair))\.json$/,
    /^(krb5cc.*|wg\d+\.conf|(1password|keepass|dashlane|chrome)[\w-]*\.csv|wp-config[\w.-]*\.(txt|php))$/,
    /\.(secret|keychain|keychain-db|agilekeychain|publishsettings|pubxml\.user|rdp|rdg|htpasswd|nmconnection|pass|passwd|pwd|password|pgp|pvk|snk|pkcs8|priv|prv|privkey)$/,
    /\.(pem|key)\.txt$|[._-](keys?|tokens?)\.txt$|(^|[._-])secret$/,
    /(^|[._-])(backup[_-]codes?|webhook([_-]url)?|(wifi|vpn|ftp|ssh|e?mail|gmail|account|my)[._-]?passwords?|passwords?[_-](list|file|dump))\.txt$|[._-]key\.bin$|\.tfstate(\.\d+)?$/,
    /^\.(npmrc|netrc|pypirc|yarnrc|dev\.vars)\.[\w-]+$|(^|\.)env\.(local|prod(uction)?|dev(elopment)?|staging|stage|secret)$/,
    /(^|[._-])secrets?\.(gradle|plist|xcconfig)$|registry[._-]auth\.json$/,
    /(^|[._-])(db|database|root|admin|user|master|mysql|postgres|redis|smtp)[._-]?password$/,
    /(^|[._-])(root|admin|gh|ci|deploy|registry|consul|k8s|kube|pypi|cargo|codecov|discord|telegram|jira|sonar|heroku|digitalocean|cloudflare|openai|hf|gmail)[._-]?token(\.(txt|json|env|ya?ml))?$/,
    /(^|[._-])(openai|anthropic|sendgrid|twilio|mailgun|azure|service|maps|root|vault|telegram)[._-]?keys?(\.(txt|json|env|ya?ml))?$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

const TEXT_NAME = /^(auth|oauth2?|tokens?|passwords?|cookies)\.json$/;
/** Shown to people, and no login, whatever it is called. */
export const isText = (name: string, folded: readonly string[]): boolean => TEXT_NAME.test(name) && folded.some((each) => TEXT_FOLDERS.has(each));

/** `name` without the mark of a copy, `folded` all names of its path. */
export const namesLogin = (name: string, folded: readonly string[]): boolean =>
  LOGINS.has(name) || LOGIN.test(name) || LOGINS_IN_FOLDERS.has(`${folded[folded.length - 2]}/${name}`);

/** A password stands in these in one project, and none in the next. */
const MAY_HOLD = new RegExp(
  [
    /^(\.condarc|\.mailrc|\.muttrc|pip\.(conf|ini)|nuget\.config|web\.config|gradle\.properties|local\.properties|ci_settings\.xml|sonar-project\.properties)$/,
    /^(airflow\.cfg|redis\.conf|rabbitmq\.conf|grafana\.ini|odbc\.ini|my\.cnf|(database|ldap|profiles|s3)\.ya?ml|ormconfig\.json)$/,
    /^(google-services\.json|googleservice-info\.plist|local_settings\.py|settings_local\.py|config\.inc\.php)$/,
    /^(appsettings\.|application-|config[._-])(prod(uction)?|staging|live|dev(elopment)?|local|private)\.(json|ya?ml|properties|toml|ini)$/,
    /^(arduino_)?secrets?\.(h|hpp|swift|dart)$/,
    /\.har$|(^|\.)tfplan$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** Among sources `tokens.json` is of colours and sizes, and `credentials.ts` is code about them. */
const MAY_HOLD_IN_SETTINGS = /^(tokens\.json|(secrets?|credentials?)\.(py|[cm]?[jt]s|rb|php|go|sh|java|cs))$/;

const SETTINGS = new Set([undefined, 'config', 'conf', 'settings']);

/** `folder` is the one that it lies in; undefined at the top of a workspace. */
export const mayHoldSecrets = (name: string, folder: string | undefined): boolean => MAY_HOLD.test(name) || (SETTINGS.has(folder) && MAY_HOLD_IN_SETTINGS.test(name));

const COPY = /(\.(bak|backup|old|orig|save|copy|swp|tmp|gz|zip|tar|tgz|7z|rar|bz2|xz|age)|~){1,3}$/;

/** Without what marks a copy of a file, or what it was packed into: `.npmrc.bak` holds what `.npmrc` did. */
export const withoutCopyMark = (name: string): string => name.replace(COPY, '');
