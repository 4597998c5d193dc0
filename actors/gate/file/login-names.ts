// Files in which well-known programs keep logins, keys, or what was typed, by name, folded; and those that keep some only in some projects.

/** By the whole name. */
const LOGINS: ReadonlySet<string> = new Set(
  `
  .flaskenv .sentryclirc .yarnrc .curlrc .wgetrc .gitcredentials .git_credentials .dockerconfigjson auth.json kaggle.json terraform.rc admin.conf kubelet.conf
  .msmtprc .esmtprc .offlineimaprc .rhosts .shosts .ftpconfig sftp-config.json sftp.json filezilla.xml sitemanager.xml recentservers.xml winscp.ini
  .passwd-s3fs .s3cmd.ini .boto.cfg .mylogin.cnf .rediscli_auth .pwpass .htdigest .pgpass.conf ngrok.yml ngrok.yaml settings-security.xml
  keystore.properties key.properties signing.properties secrets.properties hudson.util.secret initialadminpassword secret_token.rb localsettings.php
  cookies.txt cookies.json pass.txt passphrase passphrase.txt .passphrase .tokens tokens.txt bitwarden.json lastpass.csv msal_token_cache.json accesstokens.json
  .dbshell .lesshst .viminfo fish_history zsh_history bash_history
  `
    .trim()
    .split(/\s+/),
);

/** By a part of the name. */
const LOGIN = new RegExp(
  [
    /^([\w-]*[._-])?kubeconfig([_-][\w-]+)?(\.(ya?ml|json|conf))?$/,
    /(^|[._-])vault[_-]?(token|pass(word)?)(\.(txt|ya?ml|sh))?$/,
    /^ssh_host_\w+_key$/,
    /^\.([a-z]+[_-])*z?hist(ory|file)$/,
    /^(gha-creds-.*|.*firebase-adminsdk.*|.*\.tfvars)\.json$/,
    /^(krb5cc.*|wg\d+\.conf|(1password|keepass|dashlane|chrome)[\w-]*\.csv)$/,
    /\.(secret|keychain|keychain-db|agilekeychain|publishsettings|rdp|rdg)$|\.(pem|key)\.txt$/,
    /(^|[._-])(db|database|root|admin|user|master|mysql|postgres|redis|smtp)[._-]?password$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** A folded name that says so. */
export const namesLogin = (name: string): boolean => LOGINS.has(name) || LOGIN.test(name);

/** A password stands in these in one project, and none in the next. */
const MAY_HOLD =
  /^(\.condarc|\.mailrc|\.muttrc|pip\.(conf|ini)|nuget\.config|airflow\.cfg|tokens\.json|database\.ya?ml|local_settings\.py|settings_local\.py|config\.inc\.php|(appsettings\.|application-)(prod(uction)?|staging|live)\.(json|ya?ml|properties))$/;

export const mayHoldSecrets = (name: string): boolean => MAY_HOLD.test(name);

const COPY = /(\.(bak|backup|old|orig|save|copy|swp)|~){1,3}$/;

/** Without what marks a copy of a file: `.npmrc.bak` holds what `.npmrc` did. */
export const withoutCopyMark = (name: string): string => name.replace(COPY, '');
