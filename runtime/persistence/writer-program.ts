// The thread that writes the journal: commits wait for the disk here, and the chain of facts is hashed here, while the node steps on.
import { parentPort, workerData } from 'node:worker_threads';
import { journalFailure } from './sqlite-failure.ts';
import { SqliteWriter, type WriterOptions } from './sqlite-writer.ts';
import { plainFailure, type WriterAnswer, type WriterOrder } from './writer-words.ts';

const port = parentPort;
if (port === null) throw new Error('this program is a thread of a node');
let writer: SqliteWriter | undefined;

function carryOut(order: WriterOrder): WriterAnswer {
  try {
    writer ??= new SqliteWriter(workerData as WriterOptions);
    if (order.order === 'write') return { id: order.id, hash: writer.write(order.batch) };
    if (order.order === 'reopen') writer.reopen();
    else writer.close();
    return { id: order.id, hash: '' };
  } catch (error) {
    // Of a commit it is classified where it happens; opening writes nothing.
    return { id: order.id, failure: plainFailure(journalFailure(error, 'failed')) };
  }
}

port.on('message', (order: WriterOrder) => {
  port.postMessage(carryOut(order));
  if (order.order === 'close') port.close();
});
