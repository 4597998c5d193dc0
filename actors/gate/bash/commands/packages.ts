// Package managers of the machine: some of their words only look.
import { textOf } from '../arg.ts';
import { type CommandTable, found, type Judge } from '../call.ts';
import { subcommands } from '../subcommands.ts';
import { highs } from './high.ts';

const packages = (LOOKS: string): Judge => subcommands({ MEDIUM: LOOKS, otherwise: 'HIGH', alone: 'HIGH' });

/** Options of rpm that run programs or change what it believes; dpkg's are words of their own. */
const RUNS = /^(--(pipe|eval|define|undefine|root|dbpath|rcfile|load|macros)|-[ED])/;

const asks =
  (looks: RegExp): Judge =>
  (call) => [
    looks.test(textOf(call.args[0]) ?? '') && !call.args.some((arg) => RUNS.test(arg.start))
      ? found(call, 'MEDIUM', 'bash-system', 'looks at installed packages')
      : found(call, 'HIGH', 'bash-system', 'changes what is installed on the machine'),
  ];

export const PACKAGES: CommandTable = {
  apt: packages('list, show, search, policy, --version'),
  'apt-get': packages('--version'),
  'apt-cache': packages('show, search, policy, depends, rdepends, madison'),
  dpkg: asks(/^(-l|-L|-s|-S|--list|--listfiles|--status|--search|--version|--print-architecture)$/),
  rpm: asks(/^(-q[a-z]*|--query|--version)$/),
  snap: packages('list, info, find, version'),
  flatpak: packages('list, info, search'),
  yum: packages('list, info, search'),
  dnf: packages('list, info, search'),
  brew: packages('list, info, search, --version, outdated, doctor, deps'),
  apk: packages('info, list, search'),
  ...highs(
    'zypper emerge port choco winget scoop nix nix-env aptitude dpkg-reconfigure add-apt-repository alternatives update-rc.d chkconfig',
    'changes what is installed on the machine',
  ),
};
