"""The records of people, and how often each took which decision at which kind of node."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled.draws import combine
from sim.engine.compiled.memory import I64, U64, Int, Key, Records, compiled, int64
from sim.engine.compiled.records import (
    COUNT_BITS,
    COUNTS,
    FREE_LINE,
    FREE_PERSON,
    KIND_MASK,
    LINE,
    LINES,
    MANY,
    MOST,
    NONE,
    NOTHING,
    ON_INTERIM,
    ONCE,
    PEOPLE,
    City,
    Tables,
)


@compiled
def new_line(city: City, counts: I64) -> Int:
    line = city.scalar[FREE_LINE]
    if line != NONE:
        city.scalar[FREE_LINE] = counts[line, LINE - 1]
    else:
        line = city.scalar[LINES]
        city.scalar[LINES] = line + 1
    return line


@compiled
def free_line(city: City, counts: I64, line: Int) -> None:
    counts[line, LINE - 1] = city.scalar[FREE_LINE]
    city.scalar[FREE_LINE] = line


@compiled
def counts_of(city: City, people: Records, counts: I64, i: Int, kind: Int) -> Int:
    """Where this person's decisions at this kind of node are counted: the number of a word of the person, or (line + 1) << 2 | word."""
    who = people[i]
    for word in range(3):
        found = who.word[word] & KIND_MASK
        if found == kind:
            return word
        if found == NOTHING:
            who.word[word] = kind
            return word
    first = int64(who.line)
    line = first
    while line != NONE:
        for word in range(LINE - 1):
            if counts[line, word] & KIND_MASK == kind:
                return (line + 1) << 2 | word
        line = counts[line, LINE - 1]
    if first != NONE:
        for word in range(LINE - 1):
            if counts[first, word] == NOTHING:
                counts[first, word] = kind
                return (first + 1) << 2 | word
    line = new_line(city, counts)
    counts[line, 0] = kind
    counts[line, 1] = NOTHING
    counts[line, 2] = NOTHING
    counts[line, LINE - 1] = first
    who.line = line
    return (line + 1) << 2


@compiled
def counts_for(t: Tables, city: City, visits: Records, people: Records, counts: I64, v: Int, kind: Int) -> Int:
    """Where a visit's person counts at the kind where it decides: nearly always the kind it asked for."""
    if t.node[visits[v].asked].kind == kind:
        return int64(visits[v].counts)
    return counts_of(city, people, counts, int64(visits[v].person), kind)


@compiled
def word_at(who: Records, counts: I64, where: Int) -> Int:
    return who.word[where] if where < 4 else counts[(where >> 2) - 1, where & 3]


@compiled
def counted(who: Records, counts: I64, where: Int, decision: Int) -> Int:
    """How often a person took a sort of decision."""
    word = word_at(who, counts, where)
    if word & MANY:
        return (counts[word >> COUNTS, decision >> 1] >> (decision & 1) * 32) & 0xFFFFFFFF
    return (word >> COUNTS + COUNT_BITS * decision) & MOST


@compiled
def count(city: City, who: Records, counts: I64, where: Int, decision: Int) -> Int:
    """How often a person took this sort of decision before this time."""
    word, occurrence = word_at(who, counts, where), counted(who, counts, where, decision)
    if word & MANY:
        counts[word >> COUNTS, decision >> 1] += ONCE << (decision & 1) * 32
        return occurrence
    if occurrence < MOST:
        word += ONCE << COUNTS + COUNT_BITS * decision
    else:
        wide = new_line(city, counts)
        for i in range(LINE):
            counts[wide, i] = 0
        for d in range(ON_INTERIM + 1):
            counts[wide, d >> 1] |= ((word >> COUNTS + COUNT_BITS * d) & MOST) << (d & 1) * 32
        counts[wide, decision >> 1] += ONCE << (decision & 1) * 32
        word = (wide << COUNTS) | MANY | (word & KIND_MASK)
    if where < 4:
        who.word[where] = word
    else:
        counts[(where >> 2) - 1, where & 3] = word
    return occurrence


@compiled
def decide(kind_key: U64, city: City, who: Records, counts: I64, where: Int, kind: Int, decision: Int) -> Key:
    """Key of this person's next decision of this sort at this kind of node."""
    return combine(combine(who.luck, kind_key[kind, decision]), np.uint64(count(city, who, counts, where, decision)))


@compiled
def new_person(city: City, people: Records, base: Key, person: Key, birth: Int, gebied: Int) -> Int:
    i = city.scalar[FREE_PERSON]
    if i != NONE:
        city.scalar[FREE_PERSON] = people[i].kept
    else:
        i = city.scalar[PEOPLE]
        city.scalar[PEOPLE] = i + 1
    who = people[i]
    who.id = person
    who.luck = combine(base, person)
    who.birth = birth
    who.gebied = gebied
    who.kept = NONE
    who.visits = 0
    who.word[0] = NOTHING
    who.word[1] = NOTHING
    who.word[2] = NOTHING
    who.line = NONE
    return i


@compiled
def forget(city: City, people: Records, counts: I64, i: Int) -> None:
    """Somebody left for good: the record and its lines are free."""
    who = people[i]
    for word in range(3):
        if who.word[word] & MANY:
            free_line(city, counts, who.word[word] >> COUNTS)
    line = int64(who.line)
    while line != NONE:
        for word in range(LINE - 1):
            if counts[line, word] & MANY:
                free_line(city, counts, counts[line, word] >> COUNTS)
        after = counts[line, LINE - 1]
        free_line(city, counts, line)
        line = after
    who.kept = city.scalar[FREE_PERSON]
    city.scalar[FREE_PERSON] = i
