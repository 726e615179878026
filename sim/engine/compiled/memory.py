"""What the kernel needs of numba beyond what numba offers: functions that become part of their callers, arrays without a count of
references, and words that the processor fetches ahead. And the types it is written in.
"""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

numba: Any = importlib.import_module("numba")  # untyped
cgutils: Any = importlib.import_module("numba.core.cgutils")

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile when first called, as part of the caller; Python itself cannot call it."""
    return cast(F, numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)(function))


def compiled_apart(function: F) -> F:
    """The same, but as a function of its own, out of the way of those who do not need it."""
    return cast(F, numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))


I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Records: TypeAlias = Any  # arrays of records, or one of them
# int64, bool, float64 and uint64, which numba keeps apart and mypy cannot
Int: TypeAlias = Any
Flag: TypeAlias = Any
Float: TypeAlias = Any
Key: TypeAlias = Any
int64: Any = np.int64


class Borrowed(numba.types.Array):  # type: ignore[misc]
    """An array without a share in its ownership, of which no index counts from the end.

    Counting references would cost more than the work itself; the owner has to outlive the borrower. And numba lets every index that may
    be negative count from the end, which takes two instructions at each access, and a twentieth of a run.
    """

    def __init__(self, of: Any) -> None:
        super().__init__(of.dtype, of.ndim, of.layout, not of.mutable, f"borrowed {of}", of.aligned)

    @property
    def owned(self) -> Any:
        """The type of such an array that owns what it refers to."""
        return self.copy()


numba.extending.register_model(Borrowed)(numba.core.datamodel.models.ArrayModel)


def _counting_from_the_start(operation: Any) -> Callable[..., Any]:
    """The operation on a borrowed array as the one on an array whose index is unsigned."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, index, *rest = signature.args
        several = isinstance(index, numba.types.BaseTuple)
        types = index.types if several else (index,)
        if not all(isinstance(each, numba.types.Integer) for each in types):
            raise NotImplementedError(f"an index of the type {index} into a borrowed array")
        words = cgutils.unpack_tuple(builder, arguments[1]) if several else (arguments[1],)
        if any(isinstance(word, cgutils.ir.Constant) and word.constant < 0 for word in words):
            raise NotImplementedError("an index into a borrowed array counts from the start")
        unsigned = [context.cast(builder, word, each, numba.types.uintp) for word, each in zip(words, types, strict=True)]
        of = numba.types.UniTuple(numba.types.uintp, len(unsigned)) if several else numba.types.uintp
        at = context.make_tuple(builder, of, unsigned) if several else unsigned[0]
        usual = context.get_function(operation, signature.return_type(array.owned, of, *rest))
        return usual(builder, (arguments[0], at, *arguments[2:]))

    return generate


for _index in (numba.types.Integer, numba.types.BaseTuple):
    numba.extending.lower_builtin(operator.getitem, Borrowed, _index)(_counting_from_the_start(operator.getitem))
    numba.extending.lower_builtin(operator.setitem, Borrowed, _index, numba.types.Any)(_counting_from_the_start(operator.setitem))


def _borrowed(_: Any, value: Any) -> Any:
    """The same array, or tuple of arrays, as ``Borrowed``."""

    def lent(of: Any) -> Any:
        if isinstance(of, numba.types.BaseTuple):
            return numba.types.BaseTuple.from_types(tuple(map(lent, of.types)), getattr(of, "instance_class", None))
        return Borrowed(of) if isinstance(of, numba.types.Array) and not isinstance(of, Borrowed) else of

    def strip(context: Any, builder: Any, of: Any, item: Any) -> Any:
        if isinstance(of, numba.types.BaseTuple):
            items = [strip(context, builder, t, x) for t, x in zip(of.types, cgutils.unpack_tuple(builder, item), strict=True)]
            return context.make_tuple(builder, lent(of), items)
        if not isinstance(of, numba.types.Array):
            return item
        array = context.make_array(of)(context, builder, item)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return strip(context, builder, signature.args[0], arguments[0])

    return lent(value)(value), generate


def _fetch(_: Any, array: Any, index: Any, column: Any) -> Any:
    """Have an element (in a column, where there are columns) in the cache by the time it is needed; the program does not wait for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of = context.make_array(array)(context, builder, arguments[0])
        at = arguments[1 : 1 + array.ndim]
        item = builder.bitcast(cgutils.get_item_pointer(context, builder, array, of, at), cgutils.voidptr_t)
        number = cgutils.int32_t
        ask = builder.module.declare_intrinsic(
            "llvm.prefetch", [item.type], cgutils.ir.FunctionType(cgutils.ir.VoidType(), [item.type, number, number, number])
        )
        builder.call(ask, [item, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return numba.types.void(array, index, column), generate


def _hold(_: Any, array: Any) -> Any:
    """A share in the ownership of an array that no variable has, as a number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        context.nrt.incref(builder, array, arguments[0])
        return builder.ptrtoint(context.make_array(array)(context, builder, arguments[0]).meminfo, cgutils.intp_t)

    return numba.types.intp(array), generate


def _owned(_: Any, array: Any, share: Any) -> Any:
    """A borrowed array with the share in its ownership that ``hold`` gave, or none (0)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of = context.make_array(array)(context, builder, arguments[0])
        of.meminfo = builder.inttoptr(arguments[1], of.meminfo.type)
        return of._getvalue()

    return array.owned(array, share), generate


borrowed: Any = numba.extending.intrinsic(_borrowed)
hold: Any = numba.extending.intrinsic(_hold)
owned: Any = numba.extending.intrinsic(_owned)
fetch: Any = numba.extending.intrinsic(_fetch)


@compiled
def kept_alive(owners: I64, arena: Int, array: Any) -> Any:
    """A new array, borrowed, in place of an arena that may go.

    A variable that owned it would have its references counted at every turn of the loop: atomic operations, a tenth of the run.
    """
    lent = borrowed(array)
    owned(lent, owners[arena])  # ends here
    owners[arena] = hold(array)
    return lent


@compiled
def twice_lines(arena: Any) -> Any:
    """An arena with twice as many lines."""
    larger = np.empty((2 * arena.shape[0], arena.shape[1]), arena.dtype)
    for i in range(arena.shape[0]):
        for j in range(arena.shape[1]):
            larger[i, j] = arena[i, j]
    return larger


@compiled
def twice(arena: Records) -> Records:
    """An arena twice as large."""
    larger = np.empty(2 * arena.size, arena.dtype)
    for i in range(arena.size):
        larger[i] = arena[i]
    return larger
