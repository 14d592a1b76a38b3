"""Files of invented families, as a town's core system would write them: deterministic, of any size."""

from boshi.mappings.sample.families import Rates
from boshi.mappings.sample.files import SampleReport, Written
from boshi.mappings.sample.making import make_sample
from boshi.mappings.sample.movers import Movers, make_movers

__all__ = ["Movers", "Rates", "SampleReport", "Written", "make_movers", "make_sample"]
