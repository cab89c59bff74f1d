// Shows a model's text: code in fences and back quotes, everything else as it is. Made of text nodes only, so that nothing
// a model writes can become markup.

/** Replaces what an element shows. */
export function show(element, text) {
  element.replaceChildren(...blocks(text));
}

function blocks(text) {
  const nodes = [];
  // Every second piece lies between fences; an open fence at the end is code that is still being written.
  const pieces = text.split(/^```/m);
  pieces.forEach((piece, i) => {
    if (i % 2 === 0) {
      // A block has room around it: the line ends next to it would double that.
      const after = i > 0 ? piece.replace(/^\s*\n/, "") : piece;
      nodes.push(...spans(i < pieces.length - 1 ? after.replace(/\n+$/, "") : after));
      return;
    }
    const code = document.createElement("code");
    code.textContent = piece.replace(/^[^\n]*\n?/, "").replace(/\n$/, "");
    const pre = document.createElement("pre");
    pre.tabIndex = 0;
    pre.append(code);
    nodes.push(pre);
  });
  return nodes;
}

function spans(text) {
  return text.split(/`([^`\n]+)`/).map((piece, i) => {
    if (i % 2 === 0) return document.createTextNode(piece);
    const code = document.createElement("code");
    code.textContent = piece;
    return code;
  });
}
