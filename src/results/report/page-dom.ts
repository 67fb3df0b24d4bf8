/**
 * The little of a browser that the report's script uses. The compiler's own DOM types are left out
 * on purpose: they would offer `document` and `window` to every file of the program.
 */

export interface PageElement {
  textContent: string | null;
  className: string;
  title: string;
  hidden: boolean;
  disabled: boolean;
  open: boolean;
  value: string;
  readonly dataset: Record<string, string | undefined>;
  readonly append: (...nodes: readonly (PageElement | string)[]) => void;
  readonly replaceChildren: (...nodes: readonly (PageElement | string)[]) => void;
  readonly setAttribute: (name: string, value: string) => void;
  readonly addEventListener: (
    type: string,
    listener: (event: PageEvent) => void,
    options?: { readonly once: boolean },
  ) => void;
  readonly select: () => void;
  readonly focus: (options?: { readonly preventScroll: boolean }) => void;
  readonly scrollIntoView: () => void;
  readonly remove: () => void;
}

export interface PageEvent {
  readonly preventDefault: () => void;
}

export interface PageDocument {
  readonly body: PageElement;
  readonly createElement: (name: string) => PageElement;
  readonly getElementById: (id: string) => PageElement | null;
  readonly querySelectorAll: (selector: string) => Iterable<PageElement>;
  readonly execCommand: (command: 'copy') => boolean;
}

export interface PageWindow {
  readonly document: PageDocument;
  readonly navigator: {
    readonly clipboard?: { readonly writeText: (text: string) => Promise<void> };
  };
  readonly addEventListener: (type: string, listener: () => void) => void;
  readonly matchMedia: (query: string) => {
    readonly matches: boolean;
    readonly addEventListener: (type: 'change', listener: () => void) => void;
  };
  readonly setTimeout: (then: () => void, ms: number) => number;
  readonly clearTimeout: (timer: number) => void;
}
