# What every file uses.  The driver applies the configuration twice: as it is, and with `second`, which changes of each
# resource what can be changed.

variable "second" {
  type    = bool
  default = false
}

locals {
  tags = {
    Team  = "red"
    Stage = var.second ? "second" : "first"
  }
}
