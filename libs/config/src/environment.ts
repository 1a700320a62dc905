import { suggestion } from './suggestion.ts';
import { quoted } from './wording.ts';

/** The variables that `${…}` in YAML may name; the process's own by default. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with one `${…}`. */
export interface EnvironmentFault {
  /** The text from `${` to `}`, to be found again in the file. */
  readonly reference: string;
  readonly arrived: string;
  readonly allowed: string;
  readonly advice: string;
}

export interface Expanded {
  readonly text: string;
  /** Whether anything was put in, so that the text may stand for a number as well. */
  readonly fromEnvironment: boolean;
  readonly faults: readonly EnvironmentFault[];
}

/** `$${` is a plain `${`; `${{` is left as it is: it is the placeholder of another language, such as GitHub's workflows. */
const references = /\$\$\{|\$\{(?!\{)([^}]*)(\}?)/g;
const form = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Puts variables into a text: `${NAME}`, and `${NAME:-default}` for one that is not set or empty, as a shell and Compose take
 * them. What is put in is not looked at again, so no value can name another variable.
 */
export function expand(text: string, environment: Environment): Expanded {
  const faults: EnvironmentFault[] = [];
  let fromEnvironment = false;
  const expanded = text.replaceAll(references, (reference, inside: string | undefined, end: string | undefined) => {
    if (inside === undefined) return '${';
    const [, name, fallback] = end === '' ? [] : (form.exec(inside) ?? []);
    if (name === undefined) {
      faults.push(wrongForm(reference));
      return reference;
    }
    fromEnvironment = true;
    const value = environment[name];
    if (fallback !== undefined && (value === undefined || value === '')) return fallback;
    if (value === undefined) faults.push(notSet(reference, name, environment));
    return value ?? '';
  });
  return { text: expanded, fromEnvironment, faults };
}

function wrongForm(reference: string): EnvironmentFault {
  return {
    reference,
    arrived: `${quoted(reference)} names no environment variable`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the form that stands in YAML
    allowed: 'allowed: ${NAME} or ${NAME:-default}',
    advice: 'Correct it, or write "$${" where "${" is meant as a text.',
  };
}

function notSet(reference: string, name: string, environment: Environment): EnvironmentFault {
  const meant = suggestion(name, Object.keys(environment));
  return {
    reference,
    arrived: `the environment variable ${name} is not set`,
    allowed: 'allowed: one that is set for this process, or one with a default',
    advice:
      meant === undefined
        ? `Set ${name}, or write "\${${name}:-default}".`
        : `Set ${name}, or write "\${${name}:-default}". Did you mean ${meant}?`,
  };
}
