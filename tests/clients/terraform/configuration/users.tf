resource "aws_iam_user" "bob" {
  name                 = "bob"
  path                 = var.second ? "/people/red/" : "/people/"
  permissions_boundary = var.second ? aws_iam_policy.boundary.arn : null
  force_destroy        = true
  tags                 = local.tags
}

resource "aws_iam_user" "eve" {
  name = "eve"
}

# A name changes in place, and the user stays the same.
resource "aws_iam_user" "renamed" {
  name = var.second ? "Alexandra" : "alex"
}

# Deleted with what Terraform does not know of: the driver gives her a key, a password and more.
resource "aws_iam_user" "careless" {
  name          = "careless"
  force_destroy = true
}

resource "aws_iam_access_key" "bob" {
  user = aws_iam_user.bob.name
}

resource "aws_iam_access_key" "encrypted" {
  user    = aws_iam_user.bob.name
  pgp_key = file("${path.module}/pgp_public_key.base64")
}

resource "aws_iam_user_login_profile" "bob" {
  user                    = aws_iam_user.bob.name
  pgp_key                 = file("${path.module}/pgp_public_key.base64")
  password_length         = 24
  password_reset_required = true

  # The password that is made must be one that the policy allows.
  depends_on = [aws_iam_account_password_policy.account]
}

resource "aws_iam_user_ssh_key" "bob" {
  username   = aws_iam_user.bob.name
  encoding   = "SSH"
  public_key = trimspace(file("${path.module}/ssh_public_key"))
  status     = var.second ? "Inactive" : "Active"
}

resource "aws_iam_user_policy" "bob" {
  name   = "own"
  user   = aws_iam_user.bob.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy" "prefixed" {
  name_prefix = "made-"
  user        = aws_iam_user.bob.name
  policy      = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy_attachment" "bob" {
  user       = aws_iam_user.bob.name
  policy_arn = aws_iam_policy.read.arn
}

data "aws_iam_user" "bob" {
  user_name = aws_iam_user.bob.name
}

output "user_id" {
  value = data.aws_iam_user.bob.user_id == aws_iam_user.bob.unique_id
}
