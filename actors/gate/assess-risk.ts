// How dangerous a request is, from the request and the facts alone. Pure, and never throws; what is not understood is HIGH.
import type { Action, Finding } from '../work/types.ts';
import { assessApi } from './api/assess-api.ts';
import { assessBash } from './bash/assess-bash.ts';
import { assessDeployment } from './deployment/assess-deployment.ts';
import { type Facts, noQuestions, type Questions } from './facts.ts';
import { assessFile } from './file/assess-file.ts';
import { type Places, placesOf } from './file/places.ts';
import { askedGrammars, type Grammars, NO_GRAMMARS } from './grammars.ts';
import { assessQuery } from './sql/assess-query.ts';
import { type Assessment, assessment, finding } from './verdict.ts';

/** An action is parsed where it comes in; one that was not is answered all the same. */
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

function findingsOf(action: Action, facts: Facts, places: Places, grammars: Grammars): Finding[] {
  if (!isObject(action.payload)) return [finding('HIGH', 'request-payload-missing', 'says nothing of what is to be done')];
  switch (action.type) {
    case 'BASH_COMMAND':
      return assessBash(action.payload, places, grammars);
    case 'FILE_OPERATION':
      return assessFile(action.payload, places);
    case 'API_CALL':
      return assessApi(action.payload, facts.surroundings);
    case 'DATABASE_QUERY':
      return assessQuery(action.payload, places, grammars);
    case 'DEPLOYMENT':
      return assessDeployment(action.payload, facts.surroundings, places, grammars);
    default:
      return [finding('HIGH', 'request-type-unknown', 'is no type of request that is known here')];
  }
}

export function assessRisk(action: Action, facts: Facts, grammars: Grammars = NO_GRAMMARS): Assessment {
  return assessment(findingsOf(action, facts, placesOf(facts, facts.surroundings.workspace), grammars));
}

/** Words of every command that an action runs, as far as they are certain; none for what is no shell command. */
export function commandsOf(action: Action, facts: Facts): readonly (readonly string[])[] {
  const commands: string[][] = [];
  if (action.type === 'BASH_COMMAND' && isObject(action.payload)) assessBash(action.payload, placesOf(facts, facts.surroundings.workspace), NO_GRAMMARS, commands);
  return commands;
}

/** What to look at before assessing: the paths and folders that the judgement of this action turns on, and the grammars that read it. */
export function questionsOf(action: Action, facts: Facts): Questions {
  const questions = noQuestions();
  findingsOf(action, facts, placesOf(facts, facts.surroundings.workspace, questions), askedGrammars(questions));
  return questions;
}
