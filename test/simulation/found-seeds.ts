// Seeds that found something in the kernel. Each bug has a unit test of its own, since a seed means another run once the simulator or the kernel
// does one thing more; they stay here because what was found once is worth a first look.

export interface FoundSeed {
  readonly seed: number;
  readonly bug: string;
}

export const FOUND: readonly FoundSeed[] = [
  { seed: 5, bug: 'a postponed message of a lost batch was kept, and sent again with the next' },
  { seed: 6, bug: 'a message acted though what cancels it had been committed while its id was looked up' },
  { seed: 14, bug: 'a send through a link in a transition function was no part of its step' },
  { seed: 31, bug: 'a message that was cancelled before it came was accepted before its dead letter was written' },
  { seed: 98, bug: 'a read that failed behind a lost batch left the node in recovery for ever' },
  { seed: 99, bug: 'a node whose journal could not be closed never said that it was down' },
  { seed: 134, bug: 'a stop during a recovery was undone by it' },
  { seed: 242, bug: 'a dynamic child whose rows could not be read at once was never started, and its mail waited' },
  { seed: 22, bug: 'a control message that had become a row was no longer about anything' },
  { seed: 229, bug: 'a start that was repeated after a lost batch missed the mail that had become a row meanwhile' },
  { seed: 1091, bug: 'an actor whose start was lost with two batches in a row was started twice' },
  { seed: 188, bug: 'mail for a child that one batch started and stopped was left for nobody by a crash' },
  { seed: 221, bug: 'a child that a step stopped while it was being started was started behind that' },
  { seed: 299, bug: 'a message at fault was not buried when its actor left memory first' },
  { seed: 1286, bug: 'a message acted twice when its sender was told that it may be lost, and it was kept' },
  { seed: 486, bug: 'a message that had been cancelled before it came acted when the batch that refused it was lost' },
  { seed: 5119, bug: 'a start that a killed supervisor had under way was made beside that of its successor, which then waited for ever' },
  { seed: 5180, bug: 'an actor that was killed while its start was being written kept its supervisor waiting for ever' },
  { seed: 6585, bug: 'an actor that left memory while it was to be killed kept the end of its supervisor waiting for ever' },
  { seed: 6686, bug: 'two cells ran at one address, and the one that nobody knew was asked for ever to leave memory' },
  { seed: 7130, bug: 'an actor that was killed while its step was being written was read before that, and took the same message again' },
  { seed: 6187, bug: 'attempts that were lost with the batch of another message counted, and were said to have ended the process' },
  { seed: 24860, bug: 'a node that had been replaced took rows that had ended with its successor for a crash' },
  { seed: 26294, bug: 'a message that a lost batch had postponed stayed so, and passed one that had a row' },
  { seed: 64666, bug: 'a message acted twice when its sender was told that it may be lost, and the commit beside it turned out to be written' },
  { seed: 65932, bug: 'a child whose end was lost with its batch was taken for gone by its supervisor, which had begun anew meanwhile' },
  { seed: 29952, bug: 'a read that failed while an earlier one was tried again was never tried again itself' },
  { seed: 220331, bug: 'a supervisor that was killed while it restarted its children waited for ever for one that both were ending' },
  { seed: 261311, bug: 'a message that a lost batch had postponed was taken behind later ones when its actor was killed before the batch was undone' },
  { seed: 620231, bug: 'a message that could not be written was said to have ended the process when the successor of its actor came before its burial' },
  { seed: 302208, bug: 'a child under the id of one that a dead supervisor was still to stop was never started' },
];
