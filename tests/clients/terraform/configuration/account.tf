resource "aws_iam_account_alias" "account" {
  account_alias = var.second ? "example-second" : "example-first"
}

resource "aws_iam_account_password_policy" "account" {
  minimum_password_length        = var.second ? 20 : 14
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = !var.second
  allow_users_to_change_password = true
  hard_expiry                    = var.second
  max_password_age               = var.second ? 90 : 0
  password_reuse_prevention      = var.second ? 5 : 2
}

data "aws_iam_account_alias" "account" {
  depends_on = [aws_iam_account_alias.account]
}

data "aws_caller_identity" "current" {}

output "account_alias" {
  value = data.aws_iam_account_alias.account.account_alias
}

output "caller" {
  value = data.aws_caller_identity.current.arn
}
