export { type ExecuteIo, execute } from './execute.ts';
