// One tree that holds each construct of the shell, kept for good. With the last object of a shape V8 throws away all code that it compiled for it, and
// between two requests there is no tree: without this one the code that copies trees would be compiled again after each collection of garbage.
import { forEachChild, type ParsedScript, parse, type SyntaxNode } from 'unbash';

const EACH_CONSTRUCT = `a=1 b+=2 c[0]=3 d=(e f) g "h $i \${j} \${k:-l} $(m) $((n + 1)) \`o\`" 'p' $'q' $"r $s" t*.[uv] w?{x,y} {1..2} +(z|a) <(b) > c 2>> d
! time e "\${f#g}" \${h%i} \${j//k/l} \${m^n} \${o:1:2} \${p@Q} \${q[0]} \${!r} <<< s | t |& u && v 2>&1 || w {x}> y &
if a; then b; elif c; then d; else e; fi > f
for a in b c; do d; done; for ((a = 0; a < 1; a++)); do b; done; select a in b; do c; done; while a; do b; done; until a; do b; done
case $a in b | c*) d ;; *) e ;& esac
f() { a; }; function g (b); coproc h { c; }; coproc d
[[ -f a && ! b == c || (d =~ e) ]]; ((a = -b + c[1] ? (d) : $e, $(f))); a=b
cat << E
a $b
E
`;

/** Each node of it is read, which is when the parser makes it. */
function read(node: SyntaxNode): void {
  forEachChild(node, read);
}

export const KEPT_TREE: ParsedScript = parse(EACH_CONSTRUCT);
read(KEPT_TREE);
