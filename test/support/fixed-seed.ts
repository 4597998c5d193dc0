// Properties draw from one seed: the same in every `npm test`, another in each `npm run test:long` unless it is named.
import fc from 'fast-check';
import { SEED } from './length.ts';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });
