"""The formats as JSON Schemas, for editors that complete and check while one writes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from sim.model.spec import ModelSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(spec: type[BaseModel], title: str) -> dict[str, Any]:
    """The JSON Schema of one format. It fixes the structure; names, units, sums and bands are checked by ``zorgstroom validate``."""
    return {"$schema": DIALECT, **spec.model_json_schema(), "title": title}


def schema() -> dict[str, Any]:
    """JSON Schemas of the files users write, by name: model (its merged YAML files), measure, scenario and study."""
    from sim.experiment.spec import StudySpec
    from sim.scenario.spec import MeasureSpec, ScenarioSpec  # the model knows neither; its schema stands beside theirs

    return {
        "model": json_schema(ModelSpec, "zorgstroom model"),
        "measure": json_schema(MeasureSpec, "zorgstroom measure"),
        "scenario": json_schema(ScenarioSpec, "zorgstroom scenario"),
        "study": json_schema(StudySpec, "zorgstroom study"),
    }
