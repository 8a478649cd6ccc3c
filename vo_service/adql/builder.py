"""From the grammar's rules to nodes, one method a rule."""

from typing import Any

from lark import Token, Transformer, v_args

from vo_service.adql import nodes


def _place(token: Token) -> nodes.Place:
    return (token.line or 1, token.column or 1)


def _present(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(v for v in values if v is not None and not isinstance(v, Token))


@v_args(inline=True)
class TreeBuilder(Transformer):
    """Called by the parser as it reduces rules; optional parts that are absent are None."""

    # ---- queries

    def start(self, query: nodes.Query) -> nodes.Query:
        return query

    def with_query(self, *parts: Any) -> nodes.Query:
        query = parts[-1]
        named = _present(parts[:-1])
        return nodes.Query(query.body, query.order_by, query.offset, named) if named else query

    def cte(self, name: nodes.Name, _as: Token, query: nodes.Query) -> tuple:
        return (name, query)

    def query(self, body: nodes.Body, *tail: Any) -> nodes.Query:
        items = tuple(v for v in tail if isinstance(v, tuple))
        offset = next((int(t) for t in tail if isinstance(t, Token) and t.type == "UNSIGNED"), None)
        return nodes.Query(body, items, offset)

    def parenthesised_query(self, query: nodes.Query) -> nodes.Body:
        plain = not query.order_by and query.offset is None
        return query.body if plain else query

    def set_operation(
        self, left: nodes.Body, operator: Token, keep_all: Token | None, right: nodes.Body
    ) -> nodes.SetOperation:
        return nodes.SetOperation(
            operator.upper(), keep_all is not None, left, right, _place(operator)
        )

    def select(
        self, select: Token, quantifier: str | None, _top: Token | None, *rest: Any
    ) -> nodes.Select:
        top, items, *clauses = rest
        parts = dict(clauses)
        return nodes.Select(
            items=items,
            sources=parts.get("from", ()),
            where=parts.get("where"),
            group_by=parts.get("group", ()),
            having=parts.get("having"),
            distinct=quantifier == "DISTINCT",
            top=int(top) if top is not None else None,
            place=_place(select),
        )

    def quantifier(self, word: Token) -> str:
        return word.upper()

    def select_items(self, *items: nodes.Item) -> tuple[nodes.Item, ...]:
        return items

    def star(self, *path: Any) -> nodes.Item:
        names = path[0] if isinstance(path[0], tuple) else ()
        return nodes.Item(nodes.Star(names, names[0].place if names else _place(path[0])))

    def item(self, expression: nodes.Expression, *alias: Any) -> nodes.Item:
        names = _present(alias)
        return nodes.Item(expression, names[0] if names else None)

    def from_clause(self, _from: Token, *sources: nodes.Reference) -> tuple:
        return ("from", sources)

    def where(self, _where: Token, condition: nodes.Expression) -> tuple:
        return ("where", condition)

    def group_by(self, _group: Token, _by: Token, *expressions: nodes.Expression) -> tuple:
        return ("group", expressions)

    def having(self, _having: Token, condition: nodes.Expression) -> tuple:
        return ("having", condition)

    def order_item(self, expression: nodes.Expression, direction: Token | None) -> tuple:
        return (expression, direction is not None and direction.upper() == "DESC")

    # ---- tables

    def table(self, path: tuple[nodes.Name, ...], *alias: Any) -> nodes.TableName:
        names = _present(alias)
        return nodes.TableName(path, names[0] if names else None)

    def derived_table(self, query: nodes.Query, *alias: Any) -> nodes.DerivedTable:
        return nodes.DerivedTable(query, _present(alias)[0])

    def join(
        self, left: Any, natural: Any, kind: Any, join: Token, right: Any, condition: Any
    ) -> nodes.Join:
        on, using = condition if condition else (None, ())
        name = kind or "INNER"
        return nodes.Join(name, natural is not None, left, right, on, using, _place(join))

    def join_type(self, *words: Token | None) -> str:
        return next(str(w).upper() for w in words if w is not None)

    def on(self, _on: Token, condition: nodes.Expression) -> tuple:
        return (condition, ())

    def using(self, _using: Token, *names: nodes.Name) -> tuple:
        return (None, names)

    # ---- conditions

    def disjunction(self, *operands: Any) -> nodes.Logic:
        return nodes.Logic("OR", _present(operands))

    def conjunction(self, *operands: Any) -> nodes.Logic:
        return nodes.Logic("AND", _present(operands))

    def negated(self, _not: Token, operand: nodes.Expression) -> nodes.Logic:
        return nodes.Logic("NOT", (operand,))

    def comparison(self, left: Any, operator: Token, right: Any) -> nodes.Comparison:
        text = "<>" if operator == "!=" else str(operator)
        return nodes.Comparison(text, left, right, _place(operator))

    def between(
        self, value: Any, negated: Any, _b: Token, low: Any, _and: Token, high: Any
    ) -> nodes.Between:
        return nodes.Between(value, low, high, negated is not None)

    def in_list(self, value: Any, negated: Any, _in: Token, *options: Any) -> nodes.InList:
        return nodes.InList(value, options, negated is not None)

    def in_query(self, value: Any, negated: Any, _in: Token, query: Any) -> nodes.InQuery:
        return nodes.InQuery(value, query, negated is not None)

    def like(self, value: Any, negated: Any, word: Token, pattern: Any) -> nodes.Like:
        return nodes.Like(value, pattern, negated is not None, word.upper() == "ILIKE")

    def is_null(self, value: Any, _is: Token, negated: Any, _null: Token) -> nodes.IsNull:
        return nodes.IsNull(value, negated is not None)

    def exists(self, exists: Token, query: nodes.Query) -> nodes.Exists:
        return nodes.Exists(query, _place(exists))

    # ---- values

    def arithmetic(self, left: Any, operator: Token, right: Any) -> nodes.Arithmetic:
        return nodes.Arithmetic(str(operator), left, right, _place(operator))

    def signed(self, sign: Token, operand: Any) -> nodes.Expression:
        number = isinstance(operand, nodes.Literal) and isinstance(operand.value, int | float)
        if number:
            return nodes.Literal(-operand.value if sign == "-" else operand.value, _place(sign))
        return nodes.Arithmetic(str(sign), None, operand, _place(sign))

    def column(self, path: tuple[nodes.Name, ...]) -> nodes.Column:
        return nodes.Column(path)

    def integer(self, token: Token) -> nodes.Literal:
        return nodes.Literal(int(token), _place(token))

    def hexadecimal(self, token: Token) -> nodes.Literal:
        return nodes.Literal(int(token, 16), _place(token))

    def real(self, token: Token) -> nodes.Literal:
        return nodes.Literal(float(token), _place(token))

    def string(self, token: Token) -> nodes.Literal:
        return nodes.Literal(token[1:-1].replace("''", "'"), _place(token))

    def null(self, token: Token) -> nodes.Literal:
        return nodes.Literal(None, _place(token))

    def call(self, name: Token, quantifier: str | None, arguments: Any) -> nodes.Call:
        return nodes.Call(name.upper(), arguments or (), quantifier == "DISTINCT", _place(name))

    def call_star(self, name: Token, star: Token) -> nodes.Call:
        return nodes.Call(name.upper(), (nodes.Star((), _place(star)),), False, _place(name))

    def window(self, call: nodes.Call, _over: Token, partition: Any, order: Any) -> nodes.Window:
        return nodes.Window(call, partition or (), order or ())

    def partition_by(self, _partition: Token, _by: Token, *keys: nodes.Expression) -> tuple:
        return keys

    def window_order(self, _order: Token, _by: Token, *items: tuple) -> tuple:
        return items

    def arguments(self, *expressions: nodes.Expression) -> tuple[nodes.Expression, ...]:
        return expressions

    def set_quantifier(self, word: Token) -> str:
        return word.upper()

    def scalar_query(self, query: nodes.Query) -> nodes.ScalarQuery:
        return nodes.ScalarQuery(query)

    def cast(self, word: Token, value: Any, _as: Token, target: tuple) -> nodes.Cast:
        type_name, length = target
        return nodes.Cast(value, type_name, length, _place(word))

    def type_name(self, word: Token, length: Token | None) -> tuple:
        return (" ".join(word.upper().split()), int(length) if length is not None else None)

    def case(self, case: Token, operand: Any, *rest: Any) -> nodes.Case:
        branches = tuple(r for r in rest if isinstance(r, tuple))
        other = [r for r in rest if r is not None and not isinstance(r, tuple | Token)]
        return nodes.Case(operand, branches, other[0] if other else None, _place(case))

    def when(self, _when: Token, condition: Any, _then: Token, value: Any) -> tuple:
        return (condition, value)

    # ---- names

    def function_name(self, token: Token) -> Token:
        return token

    def dotted(self, *parts: Any) -> tuple[nodes.Name, ...]:
        return parts if len(parts) == 1 else (*parts[0], parts[1])

    def name(self, token: Token) -> nodes.Name:
        if token.type == "DELIMITED":
            return nodes.Name(token[1:-1].replace('""', '"'), True, _place(token))
        return nodes.Name(str(token).lower(), False, _place(token))
