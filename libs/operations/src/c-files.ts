/** C and C++: sources that are compiled … */
const sourceEndings = ['c', 'C', 'cpp', 'cc', 'c++', 'cxx'];
/** … and headers … */
const headerEndings = ['h', 'H', 'hpp', 'hh', 'h++', 'hxx'];
/** … and what else sources include. */
const includedEndings = ['inc', 'inl', 'ipp', 'tcc', 'tpp', 'txx', 'def'];

export function isCFile(path: string): boolean {
  return sourceEndings.includes(endingOf(path)) || headerEndings.includes(endingOf(path));
}

/** Whether a C or C++ file may include it. */
export function isIncludable(path: string): boolean {
  return isCFile(path) || includedEndings.includes(endingOf(path));
}

/** Case counts: `.C` is C++, `.c` is C, and `.HPP` is neither here. */
function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}
