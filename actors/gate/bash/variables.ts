// Shell variables by what setting or showing one does.

/** Decide which programs run, what they load, or how the shell reads what follows. */
const PROTECTED =
  /^(PATH|IFS|ENV|HOME|SHELL|SHELLOPTS|BASHOPTS|BASH_.*|BASH|LD_.*|DYLD_.*|GIT_.*|.*PAGER|LESS.*|EDITOR|VISUAL|.*_EDITOR|BROWSER|NODE_(OPTIONS|PATH|EXTRA_CA_CERTS|REPL.*|TLS.*|V8.*)|PYTHON(?!(UNBUFFERED|DONTWRITEBYTECODE|HASHSEED|IOENCODING|UTF8|FAULTHANDLER)$).*|PERL.*|RUBY.*|npm_.*|NPM_.*|YARN_.*|PNPM_.*|PIP_.*|UV_.*|BUNDLE_.*|GEM_.*|COMPOSER_.*|PS[0-4]|PROMPT_COMMAND|CDPATH|GLOBIGNORE|EXECIGNORE|FIGNORE|INPUTRC|HISTFILE|TERMINFO.*|TERMCAP|JAVA_.*|_JAVA_OPTIONS|JDK_.*|MAVEN_.*|GRADLE_.*|ANT_.*|SBT_.*|CLASSPATH|DOCKER_.*|COMPOSE_.*|KUBE.*|HELM_.*|TF_.*|AWS_.*|GOOGLE_.*|AZURE_.*|SSH_.*|SUDO_.*|CC|CXX|CPP|LD|AR|AS|NM|.*FLAGS|MAKE.*|RUSTC.*|RUSTUP.*|CARGO_(?!TERM_|INCREMENTAL$).*|GO(PATH|ROOT|PROXY|BIN|ENV|TOOLCHAIN|NOSUMDB|SUMDB|PRIVATE|INSECURE|WORK)|.*_proxy|.*_PROXY|CURL_.*|WGETRC|OPENSSL_.*|SSL_.*|REQUESTS_CA.*|GCONV_PATH|LOCPATH|NLSPATH|MANPATH|MANOPT|SYSTEMD_.*|TAR_OPTIONS|ZIPOPT|GREP_OPTIONS|RIPGREP_CONFIG_PATH|FZF_.*|XDG_.*|TMPDIR|POSIXLY_CORRECT|FPATH|ZDOTDIR|VIM.*|EXINIT|EMACS.*|HOSTALIASES|RES_OPTIONS|LOCALDOMAIN|LIBRARY_PATH|C_INCLUDE_PATH|CPATH|COMPILER_PATH|GCC_.*|PKG_CONFIG.*|MALLOC_.*|RSYNC_.*|CVS.*|SVN_.*|HG.*|JQ_.*|AWKPATH|AWKLIBPATH|LUA_.*|R_.*|PHP.*|DENO_.*|BUN_.*|ELECTRON_.*|ANSIBLE_.*|VAULT_.*|PG.*|MYSQL.*|TROUPE_.*|PSQL.*|SSLKEYLOGFILE|MORE|COREPACK_.*|CMAKE_.*(LAUNCHER|FILE|PATH|COMPILER)|DOTNET_(STARTUP_HOOKS|ROOT.*|ADDITIONAL_DEPS|SHARED_STORE)|CORECLR_.*|COR_.*PROF.*|JULIA_.*|ELIXIR_.*|ERL_.*|VAGRANT_.*|QEMU_.*)$/;
/** Change how a program's output looks, and nothing that it does. */
const HARMLESS =
  /^(LC_[A-Z]+|LANG|LANGUAGE|TZ|NO_COLOR|FORCE_COLOR|CLICOLOR(_FORCE)?|CI|COLUMNS|LINES|NODE_ENV|PYTHON(UNBUFFERED|DONTWRITEBYTECODE|HASHSEED|IOENCODING|UTF8|FAULTHANDLER)|RAILS_ENV|APP_ENV|ENVIRONMENT|DEBUG|VERBOSE|RUST_BACKTRACE|RUST_LOG|CARGO_TERM_[A-Z_]+|CARGO_INCREMENTAL|LOG_LEVEL|GOOS|GOARCH|CGO_ENABLED|BLOCKSIZE|BLOCK_SIZE|QUOTING_STYLE)$/;
/** With a space between any two, so that a text can be read in one way only. */
const LINTS = /^-[DWAF] ?\w[\w:-]*( -[DWAF] ?\w[\w:-]*)*$/;
/** Of node: how much memory it takes, and what it warns of. */
const LIMITS =
  /^--(max-old-space-size=\d+|no-warnings|no-deprecation|trace-warnings|trace-deprecation|enable-source-maps|experimental-vm-modules)( --(max-old-space-size=\d+|no-warnings|no-deprecation|trace-warnings|trace-deprecation|enable-source-maps|experimental-vm-modules))*$/;
/** Flags that set how strict a build is, how much it takes, or which modules of the project it reads. */
const HARMLESS_FLAGS: Readonly<Record<string, RegExp>> = {
  RUSTFLAGS: LINTS,
  RUSTDOCFLAGS: LINTS,
  NODE_OPTIONS: LIMITS,
  PYTHONPATH: /^(\.\/)?(src|lib)$/,
  GOFLAGS: /^-mod=(mod|vendor|readonly)$/,
};
const SECRET =
  /(KEY|TOKEN|SECRET|PASS(WORD|WD|PHRASE)?|CRED(ENTIAL)?S?|AUTH|COOKIE|SESSION|PRIVATE|WEBHOOK|(^|_)PAT|DSN|DATABASE_URL|REDIS_URL|NATS_URL|CONNECTION_STRING)S?($|_)/i;
/** Hold nothing that is not known to whoever asks. */
const PLAIN =
  /^([0-9]|[?#$!@*_-]|HOME|PWD|OLDPWD|USER|LOGNAME|LANG|LC_[A-Z]+|PATH|SHELL|TERM|HOSTNAME|HOSTTYPE|OSTYPE|MACHTYPE|UID|EUID|PPID|LINENO|SECONDS|RANDOM|SHLVL|COLUMNS|LINES|BASH_VERSION|EPOCHSECONDS|PIPESTATUS|FUNCNAME|REPLY|TZ|EDITOR|CI|NODE_ENV)$/;

export const isProtectedVariable = (name: string): boolean => PROTECTED.test(name);
export const isHarmlessFlag = (name: string, value: string): boolean => HARMLESS_FLAGS[name]?.test(value) === true;
export const isHarmlessVariable = (name: string): boolean => HARMLESS.test(name);
export const isSecretVariable = (name: string): boolean => SECRET.test(name);
export const isPlainVariable = (name: string): boolean => PLAIN.test(name);
