// Settings of the machine: asked for, MEDIUM; changed, HIGH. Only words that are listed here ask.
import { textOf } from '../arg.ts';
import { type CommandTable, found, type Judge } from '../call.ts';

/** `looks` reads the words of the call; one that is known only when it runs is none of them. */
const asks =
  (looks: RegExp): Judge =>
  (call) => {
    const words = call.args.map((arg) => textOf(arg) ?? '\n').join(' ');
    return [looks.test(words) ? found(call, 'MEDIUM', 'bash-system', `${call.name} shows the machine`) : found(call, 'HIGH', 'bash-system', `${call.name} changes the machine`)];
  };

const ASKS_APACHE = asks(/^(configtest|status|fullstatus|-[tvVSM])$/);

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
  launchctl: asks(/^(list|print|version)( [\w./-]+)?$/),
  nmcli: asks(/^((d|dev|device|g|general)( status)?|(c|con|connection|d|dev|device) show|-v)$/),
  nginx: asks(/^-[vVtTq]$/),
  apachectl: ASKS_APACHE,
  apache2ctl: ASKS_APACHE,
  httpd: ASKS_APACHE,
};
