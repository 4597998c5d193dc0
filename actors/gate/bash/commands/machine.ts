// Settings of the machine: asked for, MEDIUM; changed, HIGH. Only words that are listed here ask.
import { textOf } from '../arg.ts';
import { type CommandTable, found, type Judge } from '../call.ts';
import { disk } from './files.ts';

/** `looks` reads the words of the call; one that is known only when it runs is none of them. */
const asks =
  (looks: RegExp): Judge =>
  (call) => {
    const words = call.args.map((arg) => textOf(arg) ?? '\n').join(' ');
    return [looks.test(words) ? found(call, 'MEDIUM', 'bash-system', `${call.name} shows the machine`) : found(call, 'HIGH', 'bash-system', `${call.name} changes the machine`)];
  };

const ASKS_APACHE = asks(/^(configtest|status|fullstatus|-[tvVSM])$/);

const ASKS_TABLES = asks(/^((-t (nat|mangle|filter|raw) )?(-[LnvS]+|--list|--line-numbers|--numeric|--verbose)( (INPUT|OUTPUT|FORWARD|[A-Z][\w-]*))?( |$))+$/);

/** What there is on which disk; any other word changes it. */
const disksShown =
  (looks: RegExp): Judge =>
  (call) =>
    looks.test(call.args.map((arg) => textOf(arg) ?? '\n').join(' ')) ? [found(call, 'MEDIUM', 'bash-disk', `${call.name} shows disks`)] : disk('HIGH')(call);

export const MACHINE: CommandTable = {
  ip: asks(/^(-([46sdoj]|br|brief|json|stats|details|oneline) )*(a|addr|address|l|link|r|route|n|neigh|neighbour|ru|rule|maddr)( (show|list|ls)( (dev )?[\w.-]+)?| get [\w.:]+)?$/),
  ifconfig: asks(/^(-a|[a-z][\w.-]*)?$/),
  route: asks(/^(-n)?$/),
  arp: asks(/^(-an?|-n)?$/),
  sysctl: asks(/^(-a|(-n )?[a-z][\w.]+)$/),
  hwclock: asks(/^((-r|--show|--get)( -[vu])?)?$/),
  timedatectl: asks(/^(status|show)?$/),
  hostnamectl: asks(/^(status)?$/),
  service: asks(/^([a-z][\w.@-]* status|--status-all)$/),
  swapon: asks(/^(-s|--show|--summary)$/),
  supervisorctl: asks(/^(status( [\w:*-]+)*|avail|pid|version)$/),
  pm2: asks(/^(list|ls|l|status|ps|jlist|prettylist|(show|describe|info|id|pid) [\w-]+|logs( [\w-]+)?( --lines \d+)?( --nostream)?|report)$/),
  ufw: asks(/^(status( (verbose|numbered))?|version|app list)$/),
  iptables: ASKS_TABLES,
  ip6tables: ASKS_TABLES,
  nft: asks(/^(-a )?list (ruleset|tables|chains|table( \w+)+|chain( \w+)+)$/),
  'firewall-cmd': asks(/^(--state|--list-(all|ports|services|all-zones)|--get-[a-z-]+|--zone=\w+ --list-all)$/),
  ethtool: asks(/^(-[iSk] )?[a-z][\w.-]*$/),
  localectl: asks(/^(status|list-\w+)?$/),
  rabbitmqctl: asks(/^(version|status|ping|cluster_status|environment|list_\w+( \w+)*)$/),
  circleci: asks(/^(version|config (validate|process)( [\w./-]+)?|diagnostic)$/),
  fdisk: disksShown(/^-l( \/dev\/\w+)?$/),
  parted: disksShown(/^(-l|\/dev\/\w+ print)$/),
  zpool: disksShown(/^(status|list|iostat|get all|history)( [\w-]+)?$/),
  zfs: disksShown(/^(list|get all)( [\w/-]+)?$/),
  mdadm: disksShown(/^(--detail|-D|--examine) \/dev\/\w+$/),
  losetup: disksShown(/^(-a|-l|--list|--all)?$/),
  diskutil: disksShown(/^(list|info( [\w/]+)?)$/),
  ldconfig: asks(/^(-p|--print-cache)$/),
  'update-alternatives': asks(/^--(list|display|query|get-selections)( [\w.-]+)?$/),
  pacman: asks(/^-(Q[a-z]*|S[si]|F)( [\w.+-]+)*$/),
  visudo: asks(/^(-c|--check)$/),
  launchctl: asks(/^(list|print|version)( [\w./-]+)?$/),
  nmcli: asks(/^((d|dev|device|g|general)( status)?|(c|con|connection|d|dev|device) show|-v)$/),
  nginx: asks(/^-[vVtTq]$/),
  apachectl: ASKS_APACHE,
  apache2ctl: ASKS_APACHE,
  httpd: ASKS_APACHE,
};
