// Words for what cannot be taken back, which mean the same to nearly every tool that is asked with them.

const ENDINGS = 'drop|reset|destroy|purge|flush|fresh|wipe|rollback|truncate|undo';

/** `db:drop`, `doctrine:database:drop`, `ecto.reset`, `migrate:rollback`: the last part of a task's name. */
const GRAVE_ENDING = new RegExp(`[:.](${ENDINGS})(:all)?$`);
const GRAVE_NAME = /^(flush|sqlflush|reset_db|downgrade|migrate:refresh|db:(setup|truncate.*))$/;

/** A task of a tool that takes away what a database or a project keeps. */
export function isGraveTask(word: string): boolean {
  return GRAVE_ENDING.test(word) || GRAVE_NAME.test(word);
}
