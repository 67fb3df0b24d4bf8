/** The script that the report carries: the text of these functions, as they are compiled. */
import { diffParts, shortParts, visibleParts } from './diff-parts.js';
import { createRowDrawer } from './draw-row.js';
import { startPage } from './page.js';
import { foldText, selectRows } from './select-rows.js';

const TOOLS = { diffParts, shortParts, visibleParts, createRowDrawer, selectRows, foldText };

/** Each of the functions stands alone, so its text means in the browser what it means here. */
export function pageScript(): string {
  const tools = Object.entries(TOOLS).map(([name, tool]) => `${name}: ${tool.toString()}`);
  return `'use strict';\n(${startPage.toString()})(window, {\n${tools.join(',\n')}\n});\n`;
}
