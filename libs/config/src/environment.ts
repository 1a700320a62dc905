import { suggestion } from './suggestion.ts';

/** The variables that `${…}` in YAML may name; the process's own by default. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with one `${…}`. */
export interface EnvironmentFault {
  /** The text from `${` to `}`, to be found again in the file. */
  readonly reference: string;
  /** How often that text stands before it. */
  readonly before: number;
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
  const expanded = text.replaceAll(
    references,
    (reference, inside: string | undefined, end: string | undefined, at: number) => {
      if (inside === undefined) return '${';
      const fault = (words: FaultWords) => {
        faults.push({ reference, before: text.slice(0, at).split(reference).length - 1, ...words });
      };
      const [, name, fallback] = end === '' ? [] : (form.exec(inside) ?? []);
      if (name === undefined || fallback?.includes('${')) {
        fault(name === undefined ? wrongForm : nested);
        return reference;
      }
      fromEnvironment = true;
      const value = environment[name];
      if (fallback !== undefined && (value === undefined || value === '')) return fallback;
      if (value === undefined) fault(notSet(name, environment));
      return value ?? '';
    },
  );
  return { text: expanded, fromEnvironment, faults };
}

type FaultWords = Omit<EnvironmentFault, 'reference' | 'before'>;

/** What stands there is not quoted: it may be a part of a secret that happens to have a "${" in it. */
const wrongForm: FaultWords = {
  arrived: 'what "${" begins here names no environment variable',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the form that stands in YAML
  allowed: 'allowed: ${NAME} or ${NAME:-default}',
  advice: 'Correct it, or write "$${" where "${" is meant as a text.',
};

/** A shell would look into the default as well; what it made of it here would be a wrong value that nobody is told of. */
const nested: FaultWords = {
  arrived: 'the default of what begins here has a "${" in it',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the form that stands in YAML
  allowed: 'allowed: ${NAME:-default} with a default that is plain text',
  advice: 'Write the default out, or leave it to what sets the variable.',
};

function notSet(name: string, environment: Environment): FaultWords {
  const meant = suggestion(name, Object.keys(environment));
  return {
    arrived: `the environment variable ${name} is not set`,
    allowed: 'allowed: one that is set for this process, or one with a default',
    advice:
      meant === undefined
        ? `Set ${name}, or write "\${${name}:-default}".`
        : `Set ${name}, or write "\${${name}:-default}". Did you mean ${meant}?`,
  };
}
