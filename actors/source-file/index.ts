export { problemsText, type SourceProblem } from './problem.ts';
export { knownKeys, schemaProblems, suggest } from './schema-problems.ts';
export { type FieldPath, readSource, type Source } from './source-file.ts';
