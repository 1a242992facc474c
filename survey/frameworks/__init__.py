"""Competency frameworks: load and check their YAML files, build questionnaires from them."""

from survey.frameworks.loader import load_folder, load_framework, parse_framework
from survey.frameworks.model import ROUND_KINDS, Framework, RoundKind
from survey.frameworks.problems import FrameworkError, Problem
from survey.frameworks.questionnaire import (
    FormCompetency,
    FormItem,
    FormQuestion,
    GroupForm,
    Questionnaire,
    ScalePoint,
    build_questionnaire,
)
from survey.frameworks.rater_groups import (
    CUSTOMERS,
    DIRECT_REPORTS,
    GROUP_KEY,
    MANAGER,
    PEERS,
    SELF,
    STANDARD_GROUPS,
    RaterGroup,
    custom_group,
)
from survey.frameworks.texts import Text, in_language

__all__ = [
    "CUSTOMERS",
    "DIRECT_REPORTS",
    "GROUP_KEY",
    "MANAGER",
    "PEERS",
    "ROUND_KINDS",
    "SELF",
    "STANDARD_GROUPS",
    "FormCompetency",
    "FormItem",
    "FormQuestion",
    "Framework",
    "FrameworkError",
    "GroupForm",
    "Problem",
    "Questionnaire",
    "RaterGroup",
    "RoundKind",
    "ScalePoint",
    "Text",
    "build_questionnaire",
    "custom_group",
    "in_language",
    "load_folder",
    "load_framework",
    "parse_framework",
]
