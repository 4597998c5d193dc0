// Package managers of the machine: some of their words only look.
import { textOf } from '../arg.ts';
import { type CommandTable, found, type Judge } from '../call.ts';
import { subcommands } from '../subcommands.ts';
import { highs } from './high.ts';

const packages = (LOOKS: string): Judge => subcommands({ MEDIUM: LOOKS, otherwise: 'HIGH', alone: 'HIGH' });

export const PACKAGES: CommandTable = {
  apt: packages('list, show, search, policy, --version'),
  'apt-get': packages('--version'),
  'apt-cache': packages('show, search, policy, depends, rdepends, madison'),
  dpkg: (call) => [
    /^(-l|-L|-s|-S|--list|--listfiles|--status|--search|--version|--print-architecture)$/.test(textOf(call.args[0]) ?? '')
      ? found(call, 'MEDIUM', 'bash-system', 'looks at installed packages')
      : found(call, 'HIGH', 'bash-system', 'changes what is installed on the machine'),
  ],
  rpm: (call) => [
    /^(-q[a-z]*|--query|--version)$/.test(textOf(call.args[0]) ?? '')
      ? found(call, 'MEDIUM', 'bash-system', 'looks at installed packages')
      : found(call, 'HIGH', 'bash-system', 'changes what is installed on the machine'),
  ],
  snap: packages('list, info, find, version'),
  flatpak: packages('list, info, search'),
  yum: packages('list, info, search'),
  dnf: packages('list, info, search'),
  brew: packages('list, info, search, --version, outdated, doctor, deps'),
  apk: packages('info, list, search'),
  ...highs(
    'pacman zypper emerge port choco winget scoop nix nix-env aptitude dpkg-reconfigure add-apt-repository update-alternatives alternatives ldconfig update-rc.d chkconfig',
    'changes what is installed on the machine',
  ),
};
